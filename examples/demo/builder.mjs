// Demo builder: writes the work of its phase, claims it by a commit, mends what the review found, and when a review
// accepts it, writes the DONE marker. It acts at its start and when it is pinged; between, it waits at its prompt.
import { openClone } from './clone.mjs'
import { createComposer } from './composer.mjs'
import { build, phaseOf, standing, think } from './loop.mjs'

const { phase, status } = phaseOf(process.argv.at(-1) ?? '')
const face = createComposer(step)
let clone

async function step() {
  clone ??= await openClone()
  await clone.pull()
  const { claimed, reviewed, accepted, done } = standing(await clone.subjects(), phase)
  if (done) return face.say(`${phase}: done, nothing left to do`)
  if (claimed > reviewed) return face.say(`${phase}: round ${claimed} waits for its review`)
  await think()
  if (accepted) return finish(claimed)
  const round = claimed + 1
  await clone.commit(`claim: ${phase} round ${round}`, { [`build/${phase}.json`]: build(phase, round) })
  face.say(`${phase}: claimed round ${round}, pushed`)
}

async function finish(round) {
  const text = `# Status of phase ${phase}\n\n## DONE\n\nbuild/${phase}.json was accepted in round ${round}.\n`
  await clone.commit(`done: ${phase}`, { [status]: text })
  face.say(`${phase}: accepted, DONE written and pushed`)
}

face.say(`builder of phase ${phase}`)
face.work(step)
