/** A span of time that limits are counted in, as banners name it. */
const SPANS: readonly [RegExp, string][] = [
  [/\b(?:5|five)[- ]?h(?:ou)?rs?\b|\bsession\b/i, 'session'],
  [/\bweekly\b|\bper week\b|\b7[- ]days?\b/i, 'weekly'],
  [/\bdaily\b|\bper day\b|\bPerDay|\bTPD\b|\bRPD\b/i, 'daily'],
  [/\bmonthly\b|\b(?:per|this|of the) month\b/i, 'monthly'],
  [/\bhourly\b|\bper hour\b/i, 'hourly'],
]
/** Words around a limit that are no model's name. */
const NO_MODEL =
  /^(?:your|the|this|all|a|an|any|its|usage|rate|free|fast|extra|plan|quota|request|token|message|account|subscription|current|api|limit|model|models|premium|and|or|it|access)$/i

/**
 * What a limit banner says is used up: `session`, `weekly`, `daily`, `monthly`, `hourly`, or the name of a model. The
 * part before a reset time counts, so that "resets in 5 hours" names no window.
 */
export function windowOf(banner: string): string | undefined {
  const head = banner.split(/\breset|\btry again|\bretry/i)[0]!.slice(0, 240)
  const span = SPANS.map(([regex, name]) => ({ at: head.search(regex), name }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0]
  return span?.name ?? modelOf(head)
}

const MODEL: readonly RegExp[] = [
  /\b(?:hit|reached|exceeded) (?:your|the) ((?:[\w.-]+ ){1,3})(?:usage )?limit\b/i,
  /\blimit (?:has been )?reached for (?:all )?([\w.-]+(?: [\w.-]*\d[\w.-]*)?)/i,
  /\busage limit for ([\w.-]+)/i,
  /\b(?:quota|capacity|limit) (?:for|on) (?:model )?([a-z]+-[\w.-]*\w|(?:Gemini|Claude|GPT)[\w .-]*\w)/i,
]

function modelOf(head: string): string | undefined {
  for (const regex of MODEL) {
    const words = (regex.exec(head)?.[1] ?? '').trim().replace(/\.$/, '').split(/\s+/)
    if (words[0] !== '' && !words.some((word) => NO_MODEL.test(word))) return words.join(' ').toLowerCase()
  }
  return undefined
}
