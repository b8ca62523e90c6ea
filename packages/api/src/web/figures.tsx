/** Name, value, and what more there is to say. */
export type Figure = readonly [name: string, value: string, note: string];

export function Figures({ of }: { readonly of: readonly Figure[] }) {
  return (
    <dl class="figures">
      {of.map(([name, value, note]) => (
        <div key={name} class={name === "failures" && value !== "0" ? "bad" : ""}>
          <dt>{name}</dt>
          <dd data-figure={name}>{value}</dd>
          {note === "" ? null : <dd class="note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
