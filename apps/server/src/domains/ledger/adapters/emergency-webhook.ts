import type { CallOutward, OutwardResult } from './outward-call.ts';

/**
 * Speaks by a chat's incoming webhook. The body is `{"text": "…"}` and nothing else: Slack, Mattermost, Rocket.Chat,
 * Teams and Google Chat all take it, and the last refuses fields that it does not know.
 */
export function speakByWebhook(call: CallOutward, url: string, text: string): Promise<OutwardResult> {
  return call({ url, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) });
}
