import type { Egress } from '#platform/egress';
import type { Address, Channel, ChannelNeed, NoteMessage, SendContext } from './channel.ts';
import { type AnswerForm, type HttpCall, type HttpOptions, postOnce } from './http-call.ts';

/** What makes one provider different from another. */
export interface NoteProvider {
  readonly name: string;
  readonly needs?: readonly ChannelNeed[];
  readonly readAddress: (text: string) => string | null;
  readonly maskAddress?: (to: string) => string;
  readonly providerOf?: (to: string) => string;
  /** The call for a note, as the provider documents it. `egress`: another way out than the guarded one, for a server that the operator named. */
  readonly compose: (note: NoteMessage, to: Address, context: SendContext) => HttpCall & { readonly egress?: Egress };
  readonly form?: AnswerForm;
  readonly recall?: NonNullable<Channel['recall']>;
}

/** Builds a channel that sends notes by one POST each. */
export function createNoteChannel(provider: NoteProvider, options: HttpOptions): Channel {
  const { compose, form, needs = [], ...rest } = provider;
  return {
    ...rest,
    format: 'note',
    needs,
    async send(message, to, context) {
      if (message.format !== 'note')
        return { ok: false, retryable: false, reason: 'not-supported', detail: message.format };
      // What is stored was read by `readAddress`; should it not be readable any more, it is no address.
      const address = provider.readAddress(to.to);
      if (address === null) return { ok: false, retryable: false, reason: 'refused-address', detail: 'not an address' };
      const { egress = options.egress, ...call } = compose(message, { ...to, to: address }, context);
      return postOnce({ ...options, egress }, call, { context, ...(form ? { form } : {}) });
    },
  };
}
