/** The codes of what lies in registries, and of talking to them: references, content, versions, answers. */
import { type ErrorEntry, entry } from './error-entry.ts';

/** In alphabetical order. A code may be added, none may change its meaning. */
export const registryCodes = {
  ATTESTATION_REFUSED: entry(
    'RegistryError',
    'the registry does not take the attestations that the index of an image lists',
    'set attestations to referrers, or to none where the registry knows no referrers either',
  ),
  BACKUP_DAMAGED: entry(
    'IntegrityError',
    'a backup is not as it was written',
    'restore an older snapshot with --snapshot, or bring the named files from another copy of the backup',
  ),
  BACKUP_INVALID: entry(
    'InputError',
    'a directory or file is not a backup of the embedded registry, or not one that this version knows',
    'name what `registry-action registry backup` has written',
  ),
  BACKUP_TARGET_USED: entry(
    'ConflictError',
    'a backup cannot be written there: another run is at it, or something is there already',
    'wait for the other run, or name another place',
  ),
  BLOB_UNKNOWN: entry(
    'NotFoundError',
    'a blob is not in the repository',
    'push the image again, then repeat the command',
  ),
  BREAK_GLASS_INVALID: entry(
    'InputError',
    'the reason for breaking glass cannot be kept as it is',
    'give a reason of one line with 1 to 200 characters',
  ),
  COLLECTION_HOLD_LOST: entry(
    'ConflictError',
    'the embedded registry was restarted, or another one answers, while its collection was to be held off',
    'repeat the command: what it brought so far is kept; name the registry of the data directory with --registry',
  ),
  COLLECTION_UNDER_WAY: entry(
    'ConflictError',
    'the embedded registry collects garbage already',
    'wait until it is done; `registry-action registry collect` then collects what came since',
  ),
  COLLECTION_UNKNOWN: entry(
    'NotFoundError',
    'the embedded registry knows of no such collection',
    'run `registry-action registry collect`; a registry that was started anew has forgotten those before',
  ),
  COLLECTION_UNSAFE: entry(
    'IntegrityError',
    'a collection met a record that it cannot read, and so took nothing away',
    'repair or remove the file that is named: push what it held again, or restore it from a backup',
  ),
  CONTENT_MISSING: entry(
    'NotFoundError',
    "a release's content is not complete in the target repository",
    'repeat the promotion; if content was deleted, push the release again',
  ),
  CREDENTIALS_INVALID: entry(
    'InputError',
    'a credentials file or helper cannot be read',
    'log in again with your container tool, or name the credentials in the configuration',
  ),
  DIGEST_INVALID: entry(
    'InputError',
    'a text is not a digest',
    'write sha256: and 64 hexadecimal digits, or sha512: and 128',
  ),
  DIGEST_MISMATCH: entry(
    'IntegrityError',
    'bytes do not match their digest',
    'push the content again; if it persists the registry or a proxy corrupts data',
  ),
  DISK_UNUSABLE: entry(
    'InputError',
    'a disk that a backup, a restore or an import writes to or reads is full, read-only, not there, or does not let it',
    'make room, or correct the rights of the named path, then repeat the command: it goes on with what it brought',
  ),
  IMPORT_SOURCE_INVALID: entry(
    'InputError',
    'a directory is not the data directory of a distribution registry',
    'name the rootdirectory of its configuration: the one that has docker/registry/v2 below it',
  ),
  LADDER_INVALID: entry(
    'InputError',
    'a setting of the tag ladder is malformed',
    'correct the named setting: a range is written 1.x, a hold latest at 1.4.1 until >1.4.2',
  ),
  LADDER_UNSETTLED: entry(
    'ConflictError',
    'floating tags kept being moved by other hands while they were put right',
    'run the release again when the others have ended: it builds nothing and puts the floating tags right',
  ),
  LAYOUT_INVALID: entry(
    'InputError',
    'a directory is not an OCI image layout',
    'name a directory that is empty, does not exist yet, or holds an image layout of version 1.0.0',
  ),
  MANIFEST_INVALID: entry(
    'IntegrityError',
    'a manifest cannot be understood',
    'build and push the image again with a current tool',
  ),
  MANIFEST_OUTDATED: entry(
    'IntegrityError',
    'an image manifest is of schema 1, which registries no longer take',
    'pull the image and push it again with a current tool, which writes schema 2',
  ),
  MANIFEST_TOO_LARGE: entry(
    'IntegrityError',
    'a manifest is larger than 4 MiB',
    'build an image with fewer layers or annotations',
  ),
  MANIFEST_UNKNOWN: entry(
    'NotFoundError',
    'no manifest of that tag or digest is in the repository',
    'list what is there with `registry-action tags REGISTRY/REPOSITORY`',
  ),
  MANIFEST_UNREADABLE: entry(
    'IntegrityError',
    'a manifest in the embedded registry cannot be read, so nobody can tell what its tags need',
    'push the image again, so that its manifests can be read; an administrator can break glass with a reason',
  ),
  PLATFORM_INVALID: entry(
    'InputError',
    'a text is not a platform',
    'write os/architecture[/variant], such as linux/amd64 or linux/arm/v7',
  ),
  PLATFORM_UNKNOWN: entry(
    'NotFoundError',
    'an image is not there for a platform that was asked for',
    'ask for one of the platforms the message lists',
  ),
  RECEIPT_INVALID: entry(
    'IntegrityError',
    'a receipt in the registry is damaged or not ours',
    'look at the named tag; delete it if it is not from this tool',
  ),
  REFERENCE_INVALID: entry(
    'InputError',
    'a text is not an image reference',
    'write registry/repository:tag or registry/repository@digest',
  ),
  REFERRERS_ABSENT: entry(
    'NotFoundError',
    'signatures or other referrers that the copy must carry are not in the source repository',
    'see whether the job that signs has run; wait for it longer, or copy without requiring them',
  ),
  REFERRER_CONFLICT: entry(
    'ConflictError',
    "a signature tag at the target holds what the source's does not",
    'compare the two tags; sign the image again at the target, or delete the tag there',
  ),
  REFERRER_UNLISTED: entry(
    'ConflictError',
    "a referrer is stored, and cannot be entered into its subject's list",
    'repeat the copy; a sha256-… tag that names something else than a list must be deleted first',
  ),
  REGISTRY_ANSWER_INVALID: entry(
    'RegistryError',
    'the registry answered with something the protocol does not allow',
    'see whether a proxy stands before the registry and changes answers, or is missing its public address',
  ),
  REGISTRY_DENIED: entry(
    'AccessError',
    'the registry refused the credentials',
    'sign in with `docker login` or `podman login`, or correct the credentials configured for this registry',
  ),
  REGISTRY_REFUSED: entry(
    'RegistryError',
    'the registry answered with an error',
    'see the status and codes of the answer; a 429 or 5xx may pass if tried again',
  ),
  REGISTRY_SETTINGS_INVALID: entry(
    'InputError',
    'the file with the settings of the embedded registry cannot be read',
    'start the registry with `registry-action serve`, which writes the file from your configuration',
  ),
  REGISTRY_UNKNOWN: entry(
    'NotFoundError',
    'no registry of that name is configured',
    'name a registry of the configuration file',
  ),
  REGISTRY_UNREACHABLE: entry(
    'TransportError',
    'the registry does not answer',
    'check that its address is right and that it runs',
  ),
  REPOSITORY_INVALID: entry(
    'InputError',
    'a text is not a repository name',
    'write lower-case letters, digits and separators, such as team/app',
  ),
  REPOSITORY_PATTERN_INVALID: entry(
    'InputError',
    'a text is not a pattern of repository names',
    'write a name in which * stands for anything within a part and ** for any number of parts, such as team/**',
  ),
  REPOSITORY_UNKNOWN: entry(
    'NotFoundError',
    'the registry has no repository of that name',
    'create it in the registry, or correct the name; some registries do not create a repository on the first push',
  ),
  RESTORE_TARGET_USED: entry(
    'ConflictError',
    'a backup is restored into an empty data directory only, and this one has a registry',
    'name another directory with --data, or move the registry that is there out of the way',
  ),
  SCRUB_UNDER_WAY: entry(
    'ConflictError',
    'the embedded registry reads its content again already',
    'wait for it with `registry-action registry scrub --last`',
  ),
  SCRUB_UNKNOWN: entry(
    'NotFoundError',
    'the embedded registry has not read its content again yet',
    'begin that with `registry-action registry scrub`',
  ),
  SNAPSHOT_UNKNOWN: entry(
    'NotFoundError',
    'the backup has no such snapshot, or none at all',
    'name one of the files in its directory snapshots, without the ending; a run that was interrupted leaves none: repeat it',
  ),
  TAG_DAMAGED: entry(
    'IntegrityError',
    'the record of a tag in the embedded registry is damaged, so nobody knows what it names',
    'let an administrator point it at its digest again: `registry-action tags restore REPOSITORY:TAG --to DIGEST --break-glass "why"`',
  ),
  TAG_FENCED: entry(
    'ConflictError',
    'a newer command of the same lane has written the tag',
    'run `registry-action history` to see which command won',
  ),
  TAG_HISTORY_ABSENT: entry(
    'NotFoundError',
    'the registry keeps no history of its tags: the embedded registry alone does',
    'name a repository of the embedded registry; for another, see `registry-action history` for what promotions did',
  ),
  TAG_IMMUTABLE: entry(
    'ConflictError',
    'the registry does not let a tag that exists be moved',
    'release the image under a new version, or let the registry make an exception for the tag',
  ),
  TAG_INVALID: entry(
    'InputError',
    'a text is not a tag',
    'write at most 128 letters, digits, dots, dashes or underscores, not beginning with a dot or dash',
  ),
  TAG_MOVED: entry(
    'ConflictError',
    'other hands moved the environment tag while the command ran',
    'find out who else writes the tag; see `registry-action status`',
  ),
  TAG_RESERVED: entry(
    'AccessError',
    'the tag is one of an environment, which promotions move',
    'promote or roll back with registry-action; an administrator can break glass with a reason',
  ),
  TAG_UNEXPECTED: entry(
    'ConflictError',
    'a tag names another digest than the request expects',
    'see its history with `registry-action tags history`, and decide anew',
  ),
  TLS_CERTIFICATE_INVALID: entry(
    'InputError',
    'the certificate that the embedded registry is to show, or its key, cannot be used',
    'name the PEM file of the certificate with --tls-cert and that of its key, not encrypted, with --tls-key',
  ),
  VERSION_CONFLICT: entry(
    'ConflictError',
    'the exact version tag already names another digest here',
    'release the changed image under a new version',
  ),
  VERSION_DIVERGED: entry(
    'ConflictError',
    'a version names different digests in different registries',
    'find out which one is right, and delete the tag where it is wrong; or set on-existing to overwrite',
  ),
  VERSION_INVALID: entry(
    'InputError',
    'a text is not a semantic version',
    'write a version such as 1.2.3 or 1.2.3-rc.1',
  ),
  VERSION_PUBLISHED: entry(
    'ConflictError',
    'a version was published already, from another commit or as another image',
    'release the image under a new version; to replace what was published on purpose, set on-existing to overwrite',
  ),
} as const satisfies Record<string, ErrorEntry>;
