/** Azure Container Registry's exchange of an access token of Microsoft Entra for an identity token of the registry. */
import { attemptsMax, sendRepeatedly } from '../wire/retry.ts';
import { readTokenAnswer } from './token-answer.ts';
import { formRequest, type TokenDesk } from './token-desk.ts';

/**
 * The identity token, good for some hours, which the registry's token service makes tokens for. It is asked for at the
 * registry itself, never where a challenge points: the access token may open more than this registry.
 *
 * Spec: Azure Container Registry AAD-OAuth, "Calling POST /oauth2/exchange to get an ACR refresh token".
 * @throws AccessError REGISTRY_DENIED when the registry refuses.
 */
export async function exchangeEntraToken(desk: TokenDesk, entraToken: string): Promise<string> {
  const { endpoint, timing } = desk;
  const url = new URL('/oauth2/exchange', endpoint.url);
  const form = new URLSearchParams({
    grant_type: 'access_token',
    service: endpoint.registry,
    access_token: entraToken,
  });
  const asked = { operation: 'exchange access token at', subject: endpoint.registry };
  const { token } = await sendRepeatedly(
    () => desk.send(formRequest(desk, url, form)),
    (answer) => readTokenAnswer(answer, ['refresh_token'], asked),
    { timing, attempts: attemptsMax, signal: undefined },
  );
  return token;
}
