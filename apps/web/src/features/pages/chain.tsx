import { Icon } from '#ui/icon.tsx';
import { Section } from '#ui/notes.tsx';
import { Moment } from '#ui/times.tsx';
import { chainSummary, linkMarkOf, linkTitle, reasonText } from './chain-view.ts';
import type { ChainLink, PageDetail } from './model.ts';

/** How a page travelled: every link with its time, its sentence and its stored reason. */
export function Chain({ chain }: { readonly chain: PageDetail['chain'] }) {
  return (
    <Section title="How this page travelled" aside={chainSummary(chain)}>
      <ol className="chain">
        {chain.links.map((link) => (
          <Link key={link.name} link={link} />
        ))}
      </ol>
    </Section>
  );
}

function Link({ link }: { readonly link: ChainLink }) {
  const mark = linkMarkOf(link.state);
  const facts = link.name === 'queued' || link.name === 'sent' || link.name === 'receipt' ? [] : link.entries;
  const reason = facts.length > 0 ? null : reasonText(link.reason, link.sentence);
  return (
    <li className={mark.className}>
      <span className="node">{mark.icon ? <Icon name={mark.icon} /> : null}</span>
      <div className="what">
        <h3>
          {linkTitle(link.name)} <span className="vh">({mark.word})</span>
        </h3>
        <p>{link.sentence}</p>
        {reason ? <p className="why">Why: {reason}</p> : null}
        {facts.length > 0 ? (
          <ul className="facts">
            {facts.map((fact) => (
              <li key={`${fact.ref.kind}-${fact.ref.id}`}>
                <Moment at={fact.at} />
                <span className={fact.state === 'stalled' ? 'red' : ''}>{fact.sentence}</span>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      <span className="when">
        {link.at ? <Moment at={link.at} /> : null}
        {link.until && link.state === 'waiting' ? (
          <span>
            until <Moment at={link.until} />
          </span>
        ) : null}
      </span>
    </li>
  );
}
