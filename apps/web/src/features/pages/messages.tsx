import { Section } from '#ui/notes.tsx';
import { State } from '#ui/marks.tsx';
import { Moment } from '#ui/times.tsx';
import { messagesOf } from './messages-view.ts';
import type { PageDetail } from './model.ts';

/** Each message of a page with its delivery result and what was tried. */
export function Messages({ chain }: { readonly chain: PageDetail['chain'] }) {
  const messages = messagesOf(chain.links);
  if (messages.length === 0) return null;
  return (
    <Section title="Messages" aside={`${messages.length} in all`}>
      <ul className="messages">
        {messages.map((message) => (
          <li key={message.id}>
            <span className="to">{message.to}</span>
            <State mark={message.mark} />
            <span className="when">
              <Moment at={message.queuedAt} />
            </span>
            {message.tries.length > 0 ? (
              <ul className="tries">
                {message.tries.map((one) => (
                  <li key={one.key}>
                    <Moment at={one.at} /> {one.sentence}
                  </li>
                ))}
              </ul>
            ) : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}
