import type { Databases } from '#platform/db';
import { unreadable } from '../model.ts';
import { isFiring } from '../payloads/search.ts';
import type { Reader } from '../payloads/service.ts';
import { identityOfThread, noteThread } from '../payloads/store.ts';
import { identityOfMail, mailEvent, readMail } from './email-in-mail.ts';

/**
 * Reads mails, each in its thread: an answer is about the alert of the mail that it answers to, whatever its subject has
 * become. People who answer only add to an alert that fires; they do not open it again once it is over.
 */
export function createMailReader({ db }: { readonly db: Databases }): Reader {
  return async ({ body }, integration, nowMs) => {
    const mail = await readMail(body);
    if (!mail) return unreadable('this is no mail with a subject or a text');
    const thread = await identityOfThread(db.paging, integration.id, mail.answersTo);
    const identity = thread ?? identityOfMail(mail);
    const isTalk = thread !== null && mail.line.isReply && mail.line.status === null;
    if (isTalk && !(await isFiring(db.paging, integration.id, identity)))
      return { events: [], places: [], refused: [], ignored: 1 };
    // Before the commit: it holds whether this mail is taken now or, after a 451, the next time.
    if (mail.messageId !== null) {
      const now = Temporal.Instant.fromEpochMilliseconds(nowMs);
      await noteThread(db.paging, { integrationId: integration.id, messageId: mail.messageId, identity }, now);
    }
    return mailEvent(mail, identity, integration, nowMs);
  };
}
