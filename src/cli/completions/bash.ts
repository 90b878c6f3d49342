import { VERBS } from '../table.ts'
import type { VerbSpec } from '../verbs/spec.ts'
import {
  type Offer,
  offered,
  offerOf,
  optionWords,
  spellings,
  takesAgents,
  VERB_WORDS,
  wordsOf,
} from './words.ts'

/** For bash 3.2 (macOS) and later: no associative arrays, no mapfile, no bash-completion package. */
export function bashScript(): string {
  return `# agents: completions for bash.  eval "$(agents completions bash)"
_agents() {
  local cur prev verb word config i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  verb="" config="agents.toml"
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ "$word" = "--config" ]; then
      i=$((i + 1)); config="\${COMP_WORDS[i]}"
    elif [ "$word" = "--town" ] || [ "$word" = "-t" ]; then
      i=$((i + 1)); config="\${COMP_WORDS[i]}/agents.toml"
    elif [ -z "$verb" ] && [ "\${word#-}" = "$word" ]; then
      verb="$word"
    fi
  done
  if [ "$prev" = "--config" ]; then
    COMPREPLY=($(compgen -f -- "$cur")); return
  fi
  if [ "$prev" = "--town" ] || [ "$prev" = "-t" ]; then
    COMPREPLY=($(compgen -d -- "$cur")); return
  fi
  if [ -z "$verb" ]; then
    COMPREPLY=($(compgen -W "${VERB_WORDS} --config --town --help --version" -- "$cur")); return
  fi
  case "$verb $prev" in
${VERBS.flatMap(valueCases).join('\n')}
  esac
  if [ "\${cur#-}" != "$cur" ]; then
    case "$verb" in
${VERBS.map((verb) => `      ${verb.name}) COMPREPLY=($(compgen -W "${optionWords(verb)}" -- "$cur")) ;;`).join('\n')}
    esac
    return
  fi
  case "$verb" in
${VERBS.flatMap(argumentCase).join('\n')}
    help) COMPREPLY=($(compgen -W "${VERB_WORDS}" -- "$cur")) ;;
  esac
}
_agents_names() {
  if [ "$config" = "agents.toml" ]; then agents completions --names 2>/dev/null
  else agents completions --names --config "$config" 2>/dev/null; fi
}
complete -F _agents agents tt
`
}

const reply = (what: string): string => `COMPREPLY=($(compgen ${what} -- "$cur"))`

const COMPGEN: Record<Exclude<Offer, readonly string[]>, string> = {
  agents: '-W "$(_agents_names)"',
  files: '-f',
  folders: '-d',
}
const compgen = (offer: Offer): string =>
  typeof offer === 'string' ? COMPGEN[offer] : `-W "${offer.join(' ')}"`

/** What may follow an option; a value that may be left out is no reason to offer nothing else. */
function valueCases(verb: VerbSpec): string[] {
  return offered(verb).flatMap((option) => {
    const offer = option.whenBare === undefined ? offerOf(option) : undefined
    if (offer === undefined || ['config', 'town'].includes(option.name)) return []
    const places = spellings(option).map((spelled) => `"${verb.name} ${spelled}"`)
    return [`    ${places.join('|')}) ${reply(compgen(offer))}; return ;;`]
  })
}

function argumentCase(verb: VerbSpec): string[] {
  const { completes, name } = verb
  if (completes === 'nothing') return []
  if (completes === 'folders' || completes === 'files')
    return [`    ${name}) ${reply(COMPGEN[completes])} ;;`]
  const words = [...wordsOf(verb), ...(takesAgents(verb) ? ['$(_agents_names)'] : [])]
  return [`    ${name}) ${reply(`-W "${words.join(' ')}"`)} ;;`]
}
