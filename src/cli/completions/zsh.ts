import { type OptionSpec, VERBS, type VerbSpec } from '../table.ts'
import { offered, offerOf, takesAgents, wordsOf } from './words.ts'

/** Works both sourced (after compinit) and as a file `_agents` in fpath. */
export function zshScript(): string {
  return `#compdef agents tt
# agents: completions for zsh.  eval "$(agents completions zsh)"
_agents_names() {
  # The options of the verb have taken the place of those before it.
  local file="\${opt_args[--config]:-$_agents_file}" folder="\${opt_args[--town]:-$_agents_folder}"
  local -a names place
  [[ -n $folder ]] && place=(--town "\${\${(Q)folder}/#\\~//$HOME/}")
  [[ -n $file ]] && place=(--config "\${\${(Q)file}/#\\~//$HOME/}")
  names=(\${(f)"$(agents completions --names "\${place[@]}" 2>/dev/null)"})
  compadd -a names
}
${VERBS.filter((verb) => takesAgents(verb) && wordsOf(verb).length > 0)
  .map((verb) => `_agents_first_${verb.name}() { compadd ${wordsOf(verb).join(' ')}; _agents_names; }`)
  .join('\n')}
_agents_verbs() {
  local -a verbs
  verbs=(
${VERBS.map((verb) => `    ${quoted(`${verb.name}:${verb.summary}`)}`).join('\n')}
    'help:what a verb does'
  )
  _describe verb verbs
}
_agents() {
  local curcontext="$curcontext" state line _agents_file _agents_folder
  local -a of_tt
  typeset -A opt_args
  [[ $service == tt ]] && of_tt=('-t[its folder]:folder:_files -/' '-v[where an error came from]')
  _arguments -C -A '-*' '--config=[the config file]:file:_files' '--town=[its folder]:folder:_files -/' '--help[what the verb does]' '--version[version]' \\
    "\${of_tt[@]}" '1:verb:_agents_verbs' '*::argument:->rest'
  [[ $state == rest ]] || return
  _agents_file="\${opt_args[--config]}" _agents_folder="\${opt_args[--town]:-\${opt_args[-t]}}"
  case $line[1] in
${VERBS.map((verb) => `    ${verb.name}) _arguments ${specs(verb)} ;;`).join('\n')}
    help) _arguments '1:verb:_agents_verbs' ;;
  esac
}
if [ "$funcstack[1]" = _agents ]; then _agents "$@"; else compdef _agents agents tt; fi
`
}

function specs(verb: VerbSpec): string {
  const options = offered(verb).flatMap(optionSpecs)
  return [...options, ...argumentSpec(verb)].map(quoted).join(' ')
}

function optionSpecs(option: OptionSpec): string[] {
  const text = option.summary.replace(/[[\]:]/g, '\\$&')
  const value =
    option.value === undefined
      ? ''
      : `${option.whenBare === undefined ? ':' : '::'}${option.value}:${completionOf(option)}`
  const names = [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])]
  return names.map((name) => `${name}[${text}]${value}`)
}

function completionOf(option: OptionSpec): string {
  const offer = offerOf(option)
  if (offer === 'files') return '_files'
  if (offer === 'folders') return '_files -/'
  if (offer === 'agents') return '_agents_names'
  return offer === undefined ? ' ' : `(${offer.join(' ')})`
}

function argumentSpec(verb: VerbSpec): string[] {
  const { completes } = verb
  const words = wordsOf(verb)
  if (completes === 'folders') return ['1:folder:_files -/']
  if (completes === 'files') return ['1:file:_files']
  if (takesAgents(verb) && words.length > 0)
    return [`1:what:_agents_first_${verb.name}`, '*:name:_agents_names']
  if (takesAgents(verb)) return [verb.max === 1 ? '1:name:_agents_names' : '*:name:_agents_names']
  return words.length === 0 ? [] : [`1:what:(${words.join(' ')})`]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
