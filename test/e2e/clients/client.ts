/** A client of registries as people have it: what it can do, in its own words. */
import type { Digest } from '../../../oci/spec/digest.ts';
import type { ContainerTools } from '../container-tools.ts';
import type { DockerDaemon } from '../docker-daemon.ts';
import type { Ended } from '../run-program.ts';
import type { ImageWorkshop } from './image-workshop.ts';

/** A registry as clients reach it. */
export interface Site {
  /** `host:port`. */
  readonly host: string;
  /** PEM file of its authority; undefined where it speaks plain HTTP. */
  readonly caFile: string | undefined;
}

/** What a client is opened with. */
export interface ClientInit {
  readonly site: Site;
  /** Its own: home, storage, credentials. */
  readonly tools: ContainerTools;
  readonly daemon: DockerDaemon;
  /** Makes images for clients that do not build. */
  readonly workshop: ImageWorkshop;
  /** An empty directory. */
  freshDirectory(): Promise<string>;
}

export interface Pulled extends Ended {
  /** Of what was pulled, as the client has it now; undefined when it did not succeed. */
  readonly digest: Digest | undefined;
}

/** `image` is `host:port/repository:tag` or has a digest; `repository` is it without either. */
export interface Client {
  readonly name: string;
  /** Tells it to trust the authority of the site, where there is one; what that changes on the machine is undone by `close`. */
  trust(): Promise<void>;
  /** Signs in, with the password or token on standard input. */
  login(user: string, secret: string): Promise<Ended>;
  logout(): Promise<void>;
  /** Makes an image that prints the text, and pushes it. */
  push(image: string, text: string): Promise<void>;
  /** Pulls it to where nothing of it is yet, whole. */
  pull(image: string): Promise<Pulled>;
  /** Gives an image that it pushed or pulled before another repository or tag, in the registry. */
  copy(from: string, to: string): Promise<void>;
  /** Tags of a repository, in its own order; undefined where it cannot list. */
  readonly listTags: ((repository: string) => Promise<readonly string[]>) | undefined;
  /** Removes the image from the registry; undefined where it cannot. */
  readonly remove: ((image: string) => Promise<Ended>) | undefined;
  close(): Promise<void>;
}

/** The repository of an image. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}

/** The lines of a text that say something. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
