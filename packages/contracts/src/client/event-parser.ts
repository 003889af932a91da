/** One server-sent event. */
export interface SentEvent {
  readonly event: string;
  readonly data: string;
}

/** What a stream has told so far beside its events. */
export interface EventParser {
  /** Takes the next piece of text, cut anywhere; returns the events that it completes. */
  push(text: string): readonly SentEvent[];
  /** The last event id seen; null before the first. */
  lastEventId(): string | null;
  /** How long the server asks to wait before coming back, in milliseconds; null when it does not say. */
  retryMs(): number | null;
}

/** Parses `text/event-stream` (WHATWG HTML, section 9.2.6). An event without data is dropped, as there. */
export function createEventParser(lastEventId: string | null = null): EventParser {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id = lastEventId;
  let nextId = lastEventId;
  let retry: number | null = null;

  const take = (line: string, out: SentEvent[]) => {
    if (line === '') {
      id = nextId; // only now: of an event that was cut in the middle, the place must not count as seen
      if (data.length > 0) out.push({ event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) nextId = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) retry = Number(value);
  };

  return {
    push(text) {
      const out: SentEvent[] = [];
      rest += text;
      for (;;) {
        const end = /\r\n|\n|\r(?!$)/.exec(rest);
        if (!end) return out;
        const line = rest.slice(0, end.index);
        rest = rest.slice(end.index + end[0].length);
        take(line, out);
      }
    },
    lastEventId: () => id,
    retryMs: () => retry,
  };
}
