import { VERBS } from '../table.ts'
import { NAMING_VERBS, optionWords, VERB_WORDS, WORDED_VERBS } from './words.ts'

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
    elif [ "$word" = "--town" ]; then
      i=$((i + 1)); config="\${COMP_WORDS[i]}/agents.toml"
    elif [ -z "$verb" ] && [ "\${word#-}" = "$word" ]; then
      verb="$word"
    fi
  done
  if [ "$prev" = "--config" ] || [ "$prev" = "--file" ]; then
    COMPREPLY=($(compgen -f -- "$cur")); return
  fi
  if [ "$prev" = "--town" ]; then
    COMPREPLY=($(compgen -d -- "$cur")); return
  fi
  if [ "$prev" = "--agent" ]; then
    COMPREPLY=($(compgen -W "$(_agents_names)" -- "$cur")); return
  fi
  if [ -z "$verb" ]; then
    COMPREPLY=($(compgen -W "${VERB_WORDS} --config --town --help --version" -- "$cur")); return
  fi
  if [ "\${cur#-}" != "$cur" ]; then
    case "$verb" in
${VERBS.map((verb) => `      ${verb.name}) COMPREPLY=($(compgen -W "${optionWords(verb)}" -- "$cur")) ;;`).join('\n')}
    esac
    return
  fi
  case "$verb" in
    ${NAMING_VERBS.join('|')}) COMPREPLY=($(compgen -W "$(_agents_names)" -- "$cur")) ;;
${WORDED_VERBS.map(({ name, words }) => `    ${name}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur")) ;;`).join('\n')}
    init) COMPREPLY=($(compgen -d -- "$cur")) ;;
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
