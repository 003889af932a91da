import type { InboundEvent } from '#alerts';
import { isShallow, MOST_DEPTH } from '../bounds.ts';
import { mapBody, type MappedBody } from '../mapping/map-event.ts';
import { toEvent } from '../mapping/to-event.ts';
import { type Integration, type ReadBody, type Refusal, unreadable } from '../model.ts';

/** A body as it came in. */
export interface InboundBody {
  readonly body: Buffer;
  readonly contentType: string | null;
}

/** A request as it is read, with what the mapping made of it before it was cleaned; null when it could not be read. */
export interface ReadGeneric {
  readonly read: ReadBody;
  readonly mapped: MappedBody | null;
}

/**
 * Reads a body by the mapping that is set for the integration; without one by the names that senders commonly use. The
 * door, the preview and a replay all come through here.
 */
export function readGeneric({ body, contentType }: InboundBody, integration: Integration, nowMs: number): ReadGeneric {
  const found = readValue(body, contentType);
  if ('reason' in found) return { read: unreadable(found.reason), mapped: null };
  const mapped = mapBody(found.value, integration.settings.mapping ?? {});
  return { read: toReadBody(mapped, integration, nowMs), mapped };
}

function toReadBody(mapped: MappedBody, integration: Integration, nowMs: number): ReadBody {
  const events: InboundEvent[] = [];
  const places: number[] = [];
  const refused: Refusal[] = mapped.refused.map(({ index, pointer, reason, field }) => ({
    // What is wrong with the list of items is wrong with the whole.
    index: field === 'items' ? null : index,
    pointer,
    reason: field === null ? reason : `${field}: ${reason}`,
  }));
  for (const one of mapped.events) {
    const event = toEvent(one, integration, nowMs);
    if (typeof event === 'string') refused.push({ index: one.index, pointer: null, reason: event });
    else {
      events.push(event);
      places.push(one.index);
    }
  }
  return { events, places, refused, ignored: mapped.ignored };
}

/** JSON whatever the content type says, since `curl -d` calls it a form; a form where that is what it is. */
function readValue(
  body: Buffer,
  contentType: string | null,
): { readonly value: unknown } | { readonly reason: string } {
  if (!isShallow(body)) return { reason: `nested deeper than ${MOST_DEPTH} levels` };
  const text = body.toString('utf8');
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const form = /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '') ? readForm(text) : null;
    return form ? { value: form } : { reason: `not JSON: ${(error as Error).message}`.slice(0, 300) };
  }
}

/** Fields of a form, as `curl -d title=… -d severity=…` sends them; null when it holds none with a value. */
function readForm(text: string): Readonly<Record<string, string>> | null {
  if (/^\s*[[{"]/.test(text)) return null;
  const form: Record<string, string> = Object.create(null);
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (name !== '' && value !== '' && ++count <= 100) form[name] ??= value;
  }
  return count > 0 ? form : null;
}
