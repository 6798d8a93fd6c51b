/** Files that tools keep credentials in, by their names and, where the name is not enough, by what is in them. */

/** What the credentials are good for. */
export type CredentialsKind = 'cloud' | 'registry' | 'packages' | 'git';

export interface CredentialsFile {
  readonly kind: CredentialsKind;
  /** Matches the path. */
  readonly name: RegExp;
  /** Matches the text, unless the name alone says enough: such files are often there without a secret in them. */
  readonly content?: RegExp;
}

/** The files, those first that a job leaves behind in its own workspace. */
export const credentialsFiles: readonly CredentialsFile[] = [
  // What google-github-actions/auth writes into the workspace.
  { kind: 'cloud', name: /(?:^|\/)gha-creds-[^/]+\.json$/ },
  { kind: 'cloud', name: /(?:^|\/)application_default_credentials\.json$/ },
  { kind: 'cloud', name: /(?:^|\/)\.aws\/credentials$/, content: /aws_secret_access_key|aws_session_token/i },
  {
    kind: 'registry',
    name: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|(?:\.config\/)?containers\/auth\.json)$/,
    content: /"(?:auth|identitytoken|registrytoken|password)"\s*:\s*"[^"]+"/,
  },
  // Names of variables are no secrets.
  { kind: 'packages', name: /(?:^|\/)\.npmrc$/, content: /_(?:authToken|auth|password)\s*=\s*["']?(?!\s|["']?\$\{)\S/ },
  { kind: 'packages', name: /(?:^|\/)\.pypirc$/, content: /^\s*password\s*[=:]\s*\S/m },
  { kind: 'packages', name: /(?:^|\/)\.cargo\/credentials(?:\.toml)?$/, content: /^\s*token\s*=/m },
  { kind: 'git', name: /(?:^|\/)[._]netrc$/, content: /\bpassword\s+\S/ },
  { kind: 'git', name: /(?:^|\/)\.git-credentials$/ },
  // What actions/checkout leaves there unless it is told otherwise, and addresses with a password.
  { kind: 'git', name: /(?:^|\/)\.git\/config$/, content: /extraheader\s*=\s*authorization|:\/\/[^/\s@]+:[^/\s@]+@/i },
];
