/** Rows to come; appears only after 150 ms (list.css), so that a quick answer does not flicker. */
export function ListSkeleton() {
  return (
    <div className="skeleton" aria-hidden="true">
      {[72, 56, 64, 48, 60].map((width) => (
        <div className="skelrow" key={width}>
          <span className="skel s" />
          <span className={`skel w${width}`} />
        </div>
      ))}
    </div>
  );
}

/** Loads what follows in a list. */
export function MoreButton({ pending, onPress }: { readonly pending: boolean; readonly onPress: () => void }) {
  return (
    <p className="more">
      <button className={`btn${pending ? ' pending' : ''}`} type="button" disabled={pending} onClick={onPress}>
        {pending ? <span className="spin" /> : null}
        Show more
      </button>
    </p>
  );
}
