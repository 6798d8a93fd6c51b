/** Text with everything secret replaced: user information and signatures in URLs, authorization headers, our own tokens. */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@')
    .replace(/\b(authorization|proxy-authorization|cookie|set-cookie)(["']?\s*[:=]\s*)[^\r\n,]+/gi, '$1$2***')
    .replace(/\b(basic|bearer)\s+[a-z0-9+/_.~=-]{8,}/gi, '$1 ***')
    .replace(/\b(rat_[a-z0-9]+_)[a-z0-9_-]{8,}/gi, '$1***')
    .replace(knownToken, '$1***')
    .replace(webToken, '***')
    .replace(secretQueryParameter, '$1***');
}

/** Tokens that tell by their beginning whose they are: of GitHub, GitLab, Docker Hub, and Google's access tokens. */
const knownToken = /\b(gh[opsur]_|github_pat_|glpat-|dckr_(?:pat|oat)_|ya29\.)[\w.-]{8,}/g;

/** A signed token stands on its own wherever it stands; registries like to repeat the one they do not take. */
const webToken = /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*/g;

/** Query parameters that carry a secret: presigned URLs of S3, GCS and Azure, tokens, passwords, upload state. */
const secretQueryParameter =
  /([?&](?:x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|signature|sig|token|access_token|refresh_token|client_secret|password|_state)=)[^&\s"']+/gi;
