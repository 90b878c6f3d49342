import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planStart, type StartFacts, soonMs } from './start.ts'

const now = 1_000_000_000
const facts = (parts: Partial<StartFacts> = {}): StartFacts => ({
  now,
  resumes: true,
  fresh: false,
  newId: 'new',
  recorded: 'old',
  onDisk: 'yes',
  owner: undefined,
  earlier: [],
  afterFailure: false,
  refusal: undefined,
  ...parts,
})
const start = (parts: { resumes?: string; assigns?: string; ago?: number }) => ({
  at: now - (parts.ago ?? 1_000),
  resumes: parts.resumes,
  assigns: parts.assigns,
})

describe('the conversation of a start', () => {
  test('is the recorded one, also where nobody can see its file', () => {
    expect(planStart(facts())).toEqual({ kind: 'resume', id: 'old' })
    expect(planStart(facts({ onDisk: 'unknown' }))).toEqual({ kind: 'resume', id: 'old' })
  })

  test('is a new one under our id when none is recorded', () => {
    expect(planStart(facts({ recorded: undefined }))).toEqual({ kind: 'assign', id: 'new', aside: undefined })
  })

  test('is nobody’s business where the agent does not resume', () => {
    expect(planStart(facts({ resumes: false }))).toEqual({ kind: 'none' })
  })

  test('is a new one when that is asked for, and the old id stays at hand', () => {
    expect(planStart(facts({ fresh: true, newId: undefined }))).toEqual({
      kind: 'plain',
      aside: { id: 'old', as: 'previous', because: undefined },
    })
  })

  test('is never one that another agent is in', () => {
    expect(planStart(facts({ owner: 'scout' }))).toMatchObject({ kind: 'assign', aside: { as: 'refused' } })
  })

  test('is a new one at once when the CLI refused the recorded one', () => {
    const refusal = 'No conversation found with session ID: old'
    const plan = planStart(facts({ refusal, afterFailure: true, earlier: [start({ resumes: 'old' })] }))
    expect(plan).toMatchObject({ kind: 'assign', aside: { id: 'old', as: 'refused' } })
    expect(plan).toHaveProperty('aside.because', expect.stringContaining(refusal))
  })

  test('is not doubted for words of another start', () => {
    const refusal = 'No conversation found'
    expect(planStart(facts({ refusal, earlier: [start({ resumes: 'other' })] })).kind).toBe('resume')
    const long = [start({ resumes: 'old', ago: soonMs + 1 })]
    expect(planStart(facts({ refusal, earlier: long })).kind).toBe('resume')
  })

  test('without words that are understood, two starts in vain count', () => {
    const once = [start({ resumes: 'old' })]
    expect(planStart(facts({ afterFailure: true, earlier: once })).kind).toBe('resume')
    const twice = [...once, ...once]
    expect(planStart(facts({ afterFailure: true, earlier: twice }))).toMatchObject({ kind: 'assign' })
    expect(planStart(facts({ afterFailure: false, earlier: twice })).kind).toBe('resume')
  })

  test('an id that the CLI does not take is not given again', () => {
    const refusal = "error: unknown option '--session-id'"
    const earlier = [start({ assigns: 'old' })]
    expect(planStart(facts({ refusal, earlier, afterFailure: true }))).toMatchObject({ kind: 'plain' })
  })

  test('without its file it is begun anew', () => {
    expect(planStart(facts({ onDisk: 'no' }))).toMatchObject({ kind: 'assign', aside: { as: 'previous' } })
  })

  test('starts that are refused each time never resume the same one for ever', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), (understood, assigns) => {
        let recorded: string | undefined = 'old'
        const earlier: ReturnType<typeof start>[] = []
        let kind = ''
        for (let round = 0; round < 5; round += 1) {
          const refusal = understood ? 'refused' : undefined
          const newId = assigns ? `new${round}` : undefined
          const plan = planStart(facts({ recorded, earlier, refusal, newId, afterFailure: true }))
          kind = plan.kind
          if (plan.kind === 'plain' || plan.kind === 'none') break
          recorded = plan.id
          earlier.push(start(plan.kind === 'resume' ? { resumes: plan.id } : { assigns: plan.id }))
        }
        if (understood || !assigns) expect(kind).toBe('plain')
      }),
    )
  })
})
