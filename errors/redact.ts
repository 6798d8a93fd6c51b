/**
 * Text with everything secret replaced: user information and signatures in URLs, authorization headers, our own tokens.
 *
 * Whoever sends us something may have it repeated in an error, be it megabytes: each pattern looks at no part of a text
 * again and again.
 */
export function redact(text: string): string {
  return text
    .replace(userInformation, '***@')
    .replace(/\b(authorization|proxy-authorization|cookie|set-cookie)(["']?\s*[:=]\s*)[^\r\n,]+/gi, '$1$2***')
    .replace(/\b(basic|bearer)\s+[a-z0-9+/_.~=-]{8,}/gi, '$1 ***')
    .replace(/\b(rat_[a-z0-9]+_)[a-z0-9_-]{8,}/gi, '$1***')
    .replace(knownToken, '$1***')
    .replace(webToken, '$1***')
    .replace(secretQueryParameter, '$1***');
}

/** What stands before the host of a URL. A look back at the scheme, of which the last character will do. */
const userInformation = /(?<=[a-z0-9+.-]:\/\/)[^\s/@]+@/gi;

/** Tokens that tell by their beginning whose they are: of GitHub, GitLab, Docker Hub, and Google's access tokens. */
const knownToken = /\b(gh[opsur]_|github_pat_|glpat-|dckr_(?:pat|oat)_|ya29\.)[\w.-]{8,}/g;

/**
 * A signed token stands on its own wherever it stands; registries like to repeat the one they do not take. Before it is
 * looked for in a word, the word has to end as the head of one does.
 */
const webToken = /(?<![\w-])(?=[\w-]+\.[\w-]{8})([\w-]*?)\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*/g;

/** Query parameters that carry a secret: presigned URLs of S3, GCS and Azure, tokens, passwords, upload state. */
const secretQueryParameter =
  /([?&](?:x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|signature|sig|token|access_token|refresh_token|client_secret|password|_state)=)[^&\s"']+/gi;
