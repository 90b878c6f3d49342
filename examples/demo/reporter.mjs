// Demo of a task: it runs once, writes REPORT.md, and ends. Started by [loop.on_complete].
import { writeFile } from 'node:fs/promises'
import { git } from './clone.mjs'

await git('fetch', '-q', 'origin', 'main')
const subjects = await git('log', '--reverse', '--format=- %s', 'FETCH_HEAD')
await writeFile('REPORT.md', `# What the fleet did\n\n${subjects}\n`)
console.log('REPORT.md written')
