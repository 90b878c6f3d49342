import type { ExplainedClaim, Explanation } from '../../backends/explain.ts'
import { visible } from '../../core/text.ts'
import type { Style } from '../text.ts'

/**
 * An explained reading for a person.
 * @param of whose: an agent's name, or a file and its backend
 */
export function explanationText(of: string, explained: Explanation, change: string, style: Style): string {
  const kind = explained.class === undefined ? '' : ` (${explained.class})`
  const lines = [
    style.bold(visible(`${of} reads ${explained.reading}${kind}`)),
    visible(`rule: ${explained.rule}`),
    ...limitLines(explained),
    ...(explained.until === undefined ? [] : [`until: ${explained.until}`]),
    'claims:',
    ...explained.claims.map(claimLine),
    ...(explained.claims.length === 0 ? ['  none'] : []),
    visible(change),
  ]
  return `${lines.join('\n')}\n`
}

function claimLine({ source, says, evidence, at, until }: ExplainedClaim): string {
  const said = at === undefined ? '' : `; since ${at}`
  const over = until === undefined ? '' : `${said === '' ? ';' : ','} until ${until}`
  return visible(`  ${source} says ${says}: ${evidence}${said}${over}`)
}

const UNTOLD: Record<string, string> = {
  unparsed: 'not told in words that are understood; it is probed',
  blocked: 'never by itself; somebody must act',
}

function limitLines({ limit }: Explanation): string[] {
  if (limit === undefined) return []
  const until = limit.until ?? UNTOLD[limit.kind] ?? UNTOLD.unparsed
  return [visible(`reset: ${until} (${limit.kind}; ${limit.source})`)]
}
