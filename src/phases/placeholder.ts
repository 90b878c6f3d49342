/** Longest part of a line that is looked at: a placeholder is short. Characters. */
const LONGEST = 500

/** Tags that dress text; anything else in angle brackets is a slot to fill in. */
const TAG =
  /^<\/?(?:b|i|u|s|p|em|br|hr|ul|ol|li|div|span|strong|small|code|details|summary|h[1-6])(?:\s+[\w-]+=[^>]*)?\s*\/?>/i
/** List bullets, quotes, emphasis, brackets. */
const DRESS = /^(?:[\s>*+\-•_~`"'()[\]{}:–—|]|#{1,6}\s|\d{1,9}[.)]\s)/
const OPEN_TASK = /^\s*(?:[-*+]|\d{1,9}[.)])\s+\[ \]/

/**
 * Whether a line is one of a template that nobody has filled in. The Python driver's list, mended where it took a
 * finished phase for a template, or a list item or emphasised "not yet" for text.
 */
export function isPlaceholder(line: string): boolean {
  if (OPEN_TASK.test(line)) return true
  const text = undress(line.slice(0, LONGEST))
  if (text === '' || /^[.…?]+$/.test(text)) return true
  if (text.startsWith('<') && !/^<https?:/i.test(text)) return text.startsWith('<!--') || text.includes('>')
  return RULES.some(([pattern, unless]) => pattern.test(text) && !(unless?.(text) ?? false))
}

function undress(line: string): string {
  let text = line.trim()
  for (;;) {
    const shorter = text.replace(DRESS, '').replace(TAG, '').trim()
    if (shorter.length === text.length) return text.replace(/[\s*_~`"')\]}]+$/, '')
    text = shorter
  }
}

/** `Pending: none` says the opposite of pending. */
const saysNone = (text: string): boolean => /[:=—–-]\s*(?:none|nothing|nil|no|0)[\s.!]*$/i.test(text)
/** "When all tests were run they passed" is a report; "When all gates pass, …" is a rule still to be met. */
const reports = (text: string): boolean => /\b(?:were|was|they (?:all )?passed)\b/i.test(text)

const RULES: [RegExp, ((text: string) => boolean)?][] = [
  [/^not (?:yet|done|completed?|finished|started|ready)\b/i, saysNone],
  [/^(?:incomplete|unfinished)\b/i, saysNone],
  [/^(?:pending|tbd|tba|tbc|todo|to do|wip|work in progress|in progress)\b/i, saysNone],
  [/^n\/a\b/i],
  // `NA-17 closed` names an item.
  [/^na(?![\w/-])/i],
  [/^(?:no|none|false|nope|nothing|placeholder|template)[\s.!]*$/i],
  [/^(?:written here only|only when)\b/i],
  [/^when all\b/i, reports],
  [
    /^to be (?:written|filled|done|completed|decided|determined|confirmed|added|announced|verified|reviewed)\b/i,
  ],
  [/^(?:fill (?:in|this|me)|write here|add (?:evidence|text) here)\b/i],
]
