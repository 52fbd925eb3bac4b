/** The languages that there are texts in. English comes first: it stands in for those that there are none of. */
export const LANGUAGES = ['en', 'pt-BR', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language of a tag: itself, else the one of its kind (`pt` and `pt-PT` find `pt-BR`), else undefined. */
export function nearestLanguage(tag: string): Language | undefined {
  const wanted = tag.toLowerCase();
  return (
    LANGUAGES.find((each) => each.toLowerCase() === wanted) ?? LANGUAGES.find((each) => kind(each) === kind(wanted))
  );
}

/** `pt` of `pt-BR`, and of a locale of POSIX such as `pt_BR.UTF-8`. */
const kind = (tag: string): string => /^[^-_.@]*/.exec(tag.toLowerCase())![0];
