// Demo adversary: takes each claim, checks the work itself instead of believing it, and answers by a review commit.
import { openClone } from './clone.mjs'
import { createComposer } from './composer.mjs'
import { fault, phaseOf, standing, think } from './loop.mjs'

const { phase } = phaseOf(process.argv.at(-1) ?? '')
const face = createComposer(step)
let clone

async function step() {
  clone ??= await openClone()
  await clone.pull()
  const { claimed, reviewed } = standing(await clone.subjects(), phase)
  if (claimed <= reviewed) return face.say(`${phase}: no claim to review`)
  await think()
  const found = fault(await clone.read(`build/${phase}.json`))
  const verdict = found === undefined ? 'accepted' : `rejected: ${found}`
  await clone.commit(`review: ${phase} round ${claimed} ${verdict}`, {
    [`machine-docs/REVIEW-${phase}.md`]: `# Review of phase ${phase}\n\nRound ${claimed}: ${verdict}\n`,
  })
  face.say(`${phase}: round ${claimed} ${verdict}`)
}

face.say(`adversary of phase ${phase}`)
face.work(step)
