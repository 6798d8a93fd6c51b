/** The resolved configuration: everything present, names already joined. Written form and parsing: api/config.ts. */
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { AccessRule } from './access-rule.ts';
import type { EmbeddedConfig } from './embedded-config.ts';

export interface Config {
  readonly registries: Readonly<Record<string, RegistryConfig>>;
  /** Apps by name; with `discover` more come from the first environment's registry. */
  readonly apps: Readonly<Record<string, AppConfig>>;
  /** Repository prefix (`dev/`) below which every repository is an app; undefined when apps are listed. */
  readonly discover: string | undefined;
  /** In rank order: an environment comes after the one it is promoted from. */
  readonly environments: readonly EnvironmentConfig[];
  /** Whom to believe when a workload says who it is. */
  readonly issuers: readonly IssuerConfig[];
  /** Who may do what, beside the roles of users and tokens. */
  readonly access: readonly AccessRule[];
  /** The registry that we run ourselves, whether environments use it or not. */
  readonly embedded: EmbeddedConfig;
}

/** An issuer of tokens that say what a workload is. */
export interface IssuerConfig {
  readonly name: string;
  /** What its tokens say as `iss`, to the letter; https, or http on this machine. */
  readonly issuer: string;
  /** What tokens for us say as `aud`. */
  readonly audience: string;
  /** Path of a JSON Web Key Set; undefined where the issuer is asked for its keys. */
  readonly keysFile: string | undefined;
  /** Path of a PEM file with its certificate authority; undefined for the system's. */
  readonly caFile: string | undefined;
}

/** One registry, and how to sign in to it. */
export interface RegistryConfig {
  readonly name: string;
  /** `https://host[:port]` or `http://host[:port]`. */
  readonly url: string;
  readonly auth: RegistryAuth;
  /** Path of a PEM file with the certificate authority; undefined for the system's. */
  readonly caFile: string | undefined;
  /** Shown to a registry that wants to know who connects; undefined for none. */
  readonly clientCertificate: ClientCertificateConfig | undefined;
  /** `host[:port]` that makes tokens for it though it is at another site; undefined where the usual rules do. */
  readonly tokenService: string | undefined;
  /** Origin of where it keeps blobs, in a private network or over plain HTTP; undefined where the usual rules do. */
  readonly storage: string | undefined;
}

/** Where a client certificate and its key are. */
export interface ClientCertificateConfig {
  /** Path of a PEM file. */
  readonly certFile: string;
  readonly key: SecretSource;
}

/** Where credentials come from; a secret itself is never in the configuration. */
export type RegistryAuth =
  | { readonly kind: 'anonymous' }
  /** What container tools of this machine keep in their files. */
  | { readonly kind: 'docker-config' }
  /** What the credential helper of the cloud knows. */
  | { readonly kind: 'ecr' | 'gar' | 'acr' }
  /** An access token of Microsoft Entra, which an Azure registry exchanges. */
  | { readonly kind: 'entra-token'; readonly token: SecretSource }
  | { readonly kind: 'password'; readonly username: string; readonly password: SecretSource };

/** Where one secret is read from. */
export type SecretSource =
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string };

/** One app: its name, and the repository its releases are pushed to. */
export interface AppConfig {
  readonly name: string;
  readonly repository: RepositoryName;
}

/** What happens when other hands moved an environment tag. */
export type DriftPolicy = 'report' | 'heal' | 'adopt';

/** One environment. */
export interface EnvironmentConfig {
  readonly name: string;
  /** Environment it is promoted from; undefined for the first. */
  readonly from: string | undefined;
  readonly tier: 'development' | 'production';
  /** Where its tags live: a list from the first line, exactly one for now. */
  readonly locations: readonly [LocationConfig];
  readonly drift: DriftPolicy;
  /** A release that stayed current this long counts as good. */
  readonly goodAfterMs: number;
  /** Whether the environment follows the newest release of its repository by itself (the first one without configuration). */
  readonly follow: 'newest' | 'never';
}

/** One place where an environment’s tags live. */
export interface LocationConfig {
  readonly registry: string;
  /** `{repository}` and `{app}` are replaced. */
  readonly repositoryTemplate: string;
}
