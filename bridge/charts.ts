import { PATHS } from '../src/inspector/protocol.js';
import type { Charts } from './mirror.js';

/** Milliseconds. The first to ask has them drawn, which takes a fifth of a second. */
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * The charts of the inspector whose page is at `url`.
 *
 * @throws Error when it does not answer as it should.
 */
export const fetchCharts = async (url: URL): Promise<Charts> => {
  const token = url.searchParams.get('token');
  const answer = await fetch(new URL(PATHS.charts, url), {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const charts: unknown = await answer.json();
  if (typeof charts !== 'object' || charts === null) throw new Error('they are no object');
  return charts as Charts;
};
