/** The fields that several resources share: names, digests, times. All are plain JSON text on the wire. */
import { z } from 'zod';
import { memberNameCharsMax, memberNamePattern } from '../core/member-name.ts';

/** Longest app name: with a prefix in front it must still fit a repository name of 255 characters. */
export const appNameCharsMax = 200;

/** Longest environment name: `<env>-r000042-<digest12>-direct.receipt` must fit a tag of 128 characters. */
export const environmentNameCharsMax = 64;

/** Longest reason: what a person writes on one screen, and what a receipt's annotation can hold. */
export const reasonCharsMax = 2000;

/** Longest version text: a tag has at most 128 characters. */
export const versionCharsMax = 128;

/** Name of an app: a path of repository components, so that it can become part of a repository name. */
export const appNameSchema = z
  .string()
  .max(appNameCharsMax)
  .regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/)
  .meta({ description: 'Name of an app, such as web or team/web.' });

/** Form of an environment's name: lower-case letters, digits and single dashes. */
export const environmentNamePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Name of an environment; it is also the tag that points at the environment's current digest. */
export const environmentNameSchema = z
  .string()
  .max(environmentNameCharsMax)
  .regex(environmentNamePattern)
  .meta({ description: 'Name of an environment, such as staging.' });

/** Name of a user or token: it is written into addresses and Basic credentials as it is. */
export const memberNameSchema = z.string().max(memberNameCharsMax).regex(memberNamePattern).meta({
  description: 'Name of a user or token, such as ada or ci@example.com; not anonymous, which stands for nobody.',
});

/** A digest as text; `parseDigest` of oci/spec makes the branded type of it. */
export const digestTextSchema = z
  .string()
  .regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/)
  .meta({ description: 'Digest of exact bytes: algorithm, colon, lower-case hexadecimal digits.' });

/** A version as its author wrote it; the service parses it. */
export const versionTextSchema = z
  .string()
  .min(1)
  .max(versionCharsMax)
  .meta({ description: 'Semantic version, such as 1.2.3 or 1.2.3-rc.1.' });

/** A moment in UTC. */
export const timeTextSchema = z.iso.datetime().meta({ description: 'ISO 8601 time in UTC.' });

/** Why somebody did something, in their words. */
export const reasonTextSchema = z.string().max(reasonCharsMax).meta({ description: 'Why, in a person’s words.' });
