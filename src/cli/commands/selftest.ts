import type { Host } from '../../adapters/host/types.ts'
import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { healProofs } from '../selftest/heal.ts'
import { failed, type Proof } from '../selftest/proof.ts'
import { writeProofs } from '../selftest/writes.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Command } from '../types.ts'

const PARTS: readonly ((deps: CliDeps, host: Host, folder: string) => Promise<Proof[]>)[] = [
  (deps) => deps.detectorCases(),
  writeProofs,
  healProofs,
]

export const command: Command = async (call, deps) => {
  const host = await deps.host()
  const folder = await host.tempFolder()
  const proofs: Proof[] = []
  for (const part of PARTS) {
    const found = await attempt(part, deps, host, folder)
    proofs.push(...found)
    if (call.options.json !== true) await deps.io.out(found.map((each) => proofText(each, deps)).join(''))
  }
  await host.removeTree(folder)
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, proofs }))
  return proofs.every((each) => each.ok) ? Exit.done : Exit.failed
}

/** A part that breaks has failed, and the folder is removed all the same. */
async function attempt(
  part: (typeof PARTS)[number],
  deps: CliDeps,
  host: Host,
  folder: string,
): Promise<Proof[]> {
  const [done] = await Promise.allSettled([part(deps, host, folder)])
  if (done.status === 'fulfilled') return done.value
  return [
    failed('the test itself runs', done.reason instanceof Error ? done.reason.message : String(done.reason)),
  ]
}

function proofText(found: Proof, deps: CliDeps): string {
  const style = styleFor(deps.io.color)
  const head = found.ok ? style.green('PASS:') : style.red('FAIL:')
  return ` ${head} ${visible(found.name)}${found.ok ? '' : `: ${visible(found.why.trim())}`}\n`
}
