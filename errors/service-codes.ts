/** The codes of the service and its command line: requests, lanes, parts, configuration, Redis, access. */
import { type ErrorEntry, entry } from './error-entry.ts';

/** In alphabetical order. A code may be added, none may change its meaning. */
export const serviceCodes = {
  ACCESS_DENIED: entry(
    'AccessError',
    'the caller is known but may not do this',
    'ask an administrator for a token with a role that may',
  ),
  ACCESS_FILE_INVALID: entry(
    'InputError',
    'the file with users and tokens cannot be read',
    'restore the file from a backup, or move it away and create new users and tokens',
  ),
  ACCESS_FILE_IN_USE: entry(
    'ConflictError',
    'another process holds the lock of the file with users and tokens',
    'repeat the command; if no such process runs, remove the lock file that is named',
  ),
  ADDRESS_UNUSABLE: entry(
    'InputError',
    'the service cannot listen on the address',
    'choose an address of this machine with --host, and a port above 1023',
  ),
  APP_UNKNOWN: entry(
    'NotFoundError',
    'no app of that name is configured or was ever pushed',
    'run `registry-action status` to see the apps there are, or push one',
  ),
  AUTOMATION_HELD: entry(
    'ConflictError',
    'automation is held in this environment',
    'promote by hand, which lifts the hold',
  ),
  BODY_TOO_LARGE: entry(
    'InputError',
    'the body of a request is too large',
    'send a smaller body; 64 KiB hold any request',
  ),
  BODY_TYPE_UNSUPPORTED: entry('InputError', 'the body of a request is not JSON', 'send the body as application/json'),
  CLOCK_SKEWED: entry(
    'ConflictError',
    'this machine’s clock and another’s disagree',
    'set the clock of both machines by NTP; ages and soak times depend on it',
  ),
  COMMAND_ABORTED: entry(
    'ConflictError',
    'the work was stopped because a newer command took its place',
    'run `registry-action history` to see which command won',
  ),
  CONFIG_INVALID: entry(
    'InputError',
    'the configuration file has an error',
    'correct the named key, then run `registry-action config validate`',
  ),
  CONFIRMATION_NEEDED: entry(
    'InputError',
    'a change needs a yes, and there is nobody to ask',
    'repeat with --yes, or look first with --dry-run',
  ),
  DATA_DIRECTORY_IN_USE: entry(
    'ConflictError',
    'another process serves from this data directory',
    'stop that process, or choose another directory with --data',
  ),
  DATA_DIRECTORY_LOST: entry(
    'ConflictError',
    'the lock of the data directory was taken over while this process was suspended, or was removed',
    'end this process, and start it again unless another one serves from the directory',
  ),
  DATA_DIRECTORY_NEWER: entry(
    'ConflictError',
    'the data directory was written by a newer version',
    'start the newer version again, or choose another directory with --data',
  ),
  DATA_DIRECTORY_UNUSABLE: entry(
    'InputError',
    'the data directory cannot be read or written, or others may read its secrets',
    'correct owner and mode of the named path, or choose another directory with --data',
  ),
  DIGEST_QUARANTINED: entry(
    'ConflictError',
    'the digest was rolled back from and is quarantined',
    'release a new version, or go back to it on purpose with `registry-action rollback --to`',
  ),
  DIRECT_ENTRY_FOUND: entry(
    'ConflictError',
    'somebody rolled back without the service while the command ran',
    'nothing: the service adopts that rollback; see `registry-action history`',
  ),
  ENVIRONMENT_DRIFTED: entry(
    'ConflictError',
    'the environment tag was moved by other hands',
    'see `registry-action status`; roll back to a known release, or let the configuration heal or adopt drift',
  ),
  ENVIRONMENT_UNKNOWN: entry(
    'NotFoundError',
    'no environment of that name is configured',
    'run `registry-action status` to see the environments there are',
  ),
  EXPECTED_CURRENT_CHANGED: entry(
    'ConflictError',
    'the environment is no longer on the digest the caller saw',
    'look at the new state, then repeat the command',
  ),
  HOST_REFUSED: entry(
    'AccessError',
    'the Host header names a host that this service does not serve',
    'call the service by the address it listens on, or have an administrator allow the name',
  ),
  HTPASSWD_INVALID: entry(
    'InputError',
    'a file of users is not one that `htpasswd -B` makes',
    'write one NAME:HASH a line, with bcrypt hashes alone: `htpasswd -B FILE NAME` makes them',
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    'ConflictError',
    'the idempotency key belongs to another request',
    'use a new key for a new request',
  ),
  IDENTITY_ISSUER_UNREACHABLE: entry(
    'TransportError',
    'the keys of an issuer of identities cannot be read, and none are held',
    'see that the service reaches the issuer, through a proxy if need be, or give it the keys in a file',
  ),
  IDENTITY_TOKEN_REFUSED: entry(
    'AccessError',
    'the token of a workload does not hold here',
    'request a fresh token for the audience that the service’s configuration names',
  ),
  INVARIANT_BROKEN: entry('InvariantError', 'a bug of ours', 'please report it with the text of the error'),
  LANE_FENCED: entry(
    'ConflictError',
    'a newer command took the lane while this one ran',
    'nothing: whoever took the lane goes on with what waits',
  ),
  LANE_FULL: entry(
    'ConflictError',
    'too many commands wait for one app in one environment',
    'wait until they are done, or roll back, which removes them',
  ),
  METHOD_NOT_ALLOWED: entry(
    'InputError',
    'the address exists, but not with this method',
    'use a method that the Allow header names',
  ),
  NODE_TOO_OLD: entry(
    'InputError',
    'this Node.js is too old',
    'use Node.js 24 or newer; npm scripts and scripts/registry-action.mjs bring their own',
  ),
  NOTHING_CURRENT: entry(
    'NotFoundError',
    'no release is current in the environment to promote from',
    'promote there first, or name a version',
  ),
  NOT_FOUND: entry(
    'NotFoundError',
    'the service has no such address',
    'see /api/v1/openapi.json for the addresses there are',
  ),
  NOT_SIGNED_IN: entry(
    'AccessError',
    'no valid token came with the request',
    'send an API token as bearer token; the command line reads it from REGISTRY_ACTION_TOKEN',
  ),
  PART_FAILED: entry(
    'TransportError',
    'a part of the service did not become ready',
    'see what the part printed, then start the service again',
  ),
  PASSWORD_INVALID: entry(
    'InputError',
    'a text may not be a password',
    'choose 12 characters or more, at most 1024 bytes, without line breaks',
  ),
  PORT_TAKEN: entry(
    'ConflictError',
    'another program listens on the port',
    'stop that program, or choose another port',
  ),
  PROMOTION_UNKNOWN: entry(
    'NotFoundError',
    'no promotion of that id is recorded',
    'run `registry-action history` to see what became current, or request it again',
  ),
  REDIS_DENIED: entry(
    'AccessError',
    'Redis refused the user name or password',
    'correct the user name and password in REDIS_URL',
  ),
  REDIS_MISSING: entry(
    'InputError',
    'redis-server is not installed',
    'install it (`apt-get install redis-server`), or set REDIS_URL to a Redis that runs',
  ),
  REDIS_NOT_EMPTY: entry(
    'InputError',
    'the demo needs an empty database of the Redis in REDIS_URL, and there is none',
    'unset REDIS_URL and install redis-server, or name a Redis with an empty database',
  ),
  REDIS_POLICY: entry(
    'InputError',
    'Redis may throw keys away (maxmemory-policy is not noeviction)',
    'set maxmemory-policy to noeviction',
  ),
  REDIS_SCHEMA_NEWER: entry(
    'ConflictError',
    'a newer version keeps its data in this Redis',
    'start the newer version again, or use another database: redis://host:6379/1',
  ),
  REDIS_TOO_OLD: entry(
    'InputError',
    'Redis is older than 6.2',
    'upgrade Redis to 6.2 or later, or unset REDIS_URL to let the service run its own',
  ),
  REDIS_UNREACHABLE: entry('TransportError', 'Redis does not answer', 'start Redis, or set REDIS_URL to where it runs'),
  REDIS_URL_INVALID: entry(
    'InputError',
    'REDIS_URL is not the URL of a Redis',
    'write redis://host:port[/database], or rediss: for TLS; user and password stand before the host, with an @ behind them',
  ),
  REFUSED_BY_POLICY: entry(
    'ConflictError',
    'a gate refused the plan; every reason is listed',
    'do what the reasons say, then request it again',
  ),
  REQUEST_INVALID: entry(
    'InputError',
    'a request or command line is malformed',
    'see the named part; --help shows the form',
  ),
  ROLLBACK_TARGET_UNKNOWN: entry(
    'NotFoundError',
    'there is no such release to go back to',
    'name one of the listed releases with `--to`',
  ),
  SERVICE_ANSWER_INVALID: entry(
    'TransportError',
    'what answers at the address does not speak this API',
    'see that --url names the service itself, and that both have the same version',
  ),
  SERVICE_CLOSING: entry('TransportError', 'the service is shutting down', 'try again when it runs again'),
  SERVICE_UNREACHABLE: entry(
    'TransportError',
    'the service does not answer',
    'start it with `registry-action serve`, or say where it is: --data its data directory, --url its address, --registry a registry alone',
  ),
  SETTING_INVALID: entry(
    'InputError',
    'settings of a release or of the Action are malformed, missing or contradict each other',
    'correct the settings that are named; all that is wrong is listed at once',
  ),
  SIGN_IN_BUSY: entry(
    'TransportError',
    'too many sign-ins are being verified at once',
    'try again in a moment; an access token is verified faster than a password',
  ),
  SIGN_IN_LIMITED: entry(
    'AccessError',
    'too many wrong tokens came from this address',
    'wait a moment, then use a valid token',
  ),
  STREAMS_EXHAUSTED: entry(
    'TransportError',
    'too many event streams are open',
    'close other streams, then connect again',
  ),
  TOKEN_FILE_INVALID: entry(
    'InputError',
    'a token file cannot be read or holds no token',
    'write the token alone into the file, readable for you only, or set REGISTRY_ACTION_TOKEN',
  ),
  TOKEN_KEYS_INVALID: entry(
    'InputError',
    'the file with the keys of the registry’s own tokens cannot be read',
    'restore the file, or remove it: a new key is made, and clients fetch new tokens by themselves',
  ),
  TOKEN_UNKNOWN: entry(
    'NotFoundError',
    'no token of that id exists',
    'see the tokens there are with `registry-action tokens list`',
  ),
  USER_EXISTS: entry(
    'ConflictError',
    'there is a user of that name already',
    'choose another name, or add --replace to give the user a new password and role',
  ),
  USER_UNKNOWN: entry(
    'NotFoundError',
    'no user of that name exists',
    'see the users there are with `registry-action users list`',
  ),
  VERSION_NOT_UPSTREAM: entry(
    'NotFoundError',
    'the version is not in the environment to promote from',
    'promote it there first',
  ),
} as const satisfies Record<string, ErrorEntry>;
