import type { Claim } from '../core/index.ts'
import { visible } from '../core/text.ts'
import type { Facts, Place } from './facts.ts'
import type { PatternKey } from './matches.ts'

const MAX_EVIDENCE = 120

/** All that a look shows, whichever rule decides: evidence for a kill, and for the person who asks why. */
export function claimsOf(facts: Facts): Claim[] {
  return [...titleClaims(facts), ...screenClaims(facts), ...timeClaims(facts), ...processClaims(facts)].map(
    (claim) => ({
      ...claim,
      evidence: visible(claim.evidence).slice(0, MAX_EVIDENCE),
    }),
  )
}

function titleClaims({ look, titleWorking, titleIdle, titleAsking }: Facts): Claim[] {
  const evidence = `title: ${look.title}`
  const claims: Claim[] = []
  if (titleWorking) claims.push({ source: 'title', says: 'working', evidence })
  if (titleIdle) claims.push({ source: 'title', says: 'idle', evidence })
  if (titleAsking) claims.push({ source: 'title', says: 'asking', evidence })
  return claims
}

const SCREEN_SAYS: [PatternKey, Claim['says']][] = [
  ['active', 'active'],
  ['limit', 'limited'],
  ['fatal', 'fatal'],
  ['crash', 'failing'],
  ['auth', 'failing'],
  ['context', 'failing'],
  ['billing', 'failing'],
  ['start', 'failing'],
  ['overload', 'failing'],
  ['asking', 'asking'],
  ['composer', 'idle'],
]

function screenClaims(facts: Facts): Claim[] {
  const claims: Claim[] = []
  for (const [key, says] of SCREEN_SAYS) {
    const hit = key === 'crash' && facts.failing(key) === false ? undefined : facts.where(key)
    if (hit) claims.push({ source: 'screen', says, evidence: evidenceOf(hit) })
    else if (facts.match[key].kind === 'slow') {
      claims.push({ source: 'screen', says: 'unknown', evidence: `the ${key} pattern ran past its deadline` })
    }
  }
  if (facts.backend.patterns.active !== undefined && facts.active === false) {
    claims.push({ source: 'screen', says: 'quiet', evidence: 'the active pattern is not on the screen' })
  }
  if (facts.waiting) claims.push({ source: 'screen', says: 'waiting', evidence: facts.waiting.text })
  return claims
}

/** `line 12 (newest turn): what stands there`. */
function evidenceOf({ row, region, text }: Place): string {
  return `line ${row}${region === '' ? '' : ` (${region})`}: ${text.trim()}`
}

function timeClaims({ look, backend }: Facts): Claim[] {
  const claims: Claim[] = []
  const { changed, quietMs, logAgeMs } = look
  if (changed === true)
    claims.push({ source: 'change', says: 'active', evidence: 'the screen has just changed' })
  if (changed === false) {
    const since = quietMs === undefined ? 'since the last look' : `for ${Math.round(quietMs / 1000)}s`
    claims.push({ source: 'change', says: 'quiet', evidence: `the screen has not changed ${since}` })
  }
  if (look.signGoneMs !== undefined && look.signGoneMs > 0) {
    const evidence = `the sign that it shows in every turn is gone for ${Math.round(look.signGoneMs / 1000)}s`
    claims.push({ source: 'change', says: 'quiet', evidence })
  }
  if (logAgeMs !== undefined) {
    const says = logAgeMs <= backend.logGraceMs ? 'active' : 'quiet'
    claims.push({ source: 'log', says, evidence: `the log was written ${Math.round(logAgeMs / 1000)}s ago` })
  }
  return claims
}

function processClaims({ shell, look, backend }: Facts): Claim[] {
  if (!shell) return []
  const evidence = `the pane runs ${look.command}, not ${backend.processName ?? backend.bin}, and shows a prompt`
  return [{ source: 'process', says: 'shell', evidence }]
}
