/** Letting time pass for proofs: what was proved ten minutes ago is no longer known. */

import { proofKey } from '../../service/ledger/lane-keys.ts';
import { connectRedis } from '../../service/redis/connection.ts';

/** Every proof of every lane. */
const pattern = proofKey({ app: '*', environment: '*' }, '*');

/** Takes away what Redis remembers of proofs. */
export async function forgetProofs(redisUrl: string): Promise<void> {
  const redis = await connectRedis(redisUrl, 'producer');
  const keys = await redis.keys(pattern);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
