import { type OptionSpec, VERBS } from '../table.ts'
import { NAMING_VERBS, offered, offerOf, PATH_VERBS, WORDED_VERBS } from './words.ts'

export function fishScript(): string {
  const verbs = VERBS.map(
    (verb) => `complete -c agents -n __agents_no_verb -a ${verb.name} -d ${quoted(verb.summary)}`,
  )
  const options = VERBS.flatMap((verb) =>
    offered(verb)
      .filter((option) => option.name !== 'config' && option.name !== 'town')
      .map((option) => `complete -c agents -n '__agents_verb ${verb.name}' ${optionFlags(option)}`),
  )
  const words = WORDED_VERBS.map(
    ({ name, words: all }) => `complete -c agents -n '__agents_verb ${name}' -a ${quoted(all.join(' '))}`,
  )
  return `# agents: completions for fish.  agents completions fish | source
function __agents_words
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
    else if contains -- "$word" --config --town -t
      set skip 1
    else if not string match -q -- '-*' $word
      echo $word
    end
  end
end
function __agents_no_verb
  test (count (__agents_words)) = 0
end
function __agents_verb
  set -l words (__agents_words)
  test (count $words) -gt 0; and contains -- $words[1] $argv
end
function __agents_names
  set -l words (commandline -opc)
  set -l place
  set -l verb 0
  set -l before ''
  for word in $words[2..-1]
    switch "$before"
      case --config
        set place --config (string replace -r '^~/' "$HOME/" -- $word)
      case --town
        set place --town (string replace -r '^~/' "$HOME/" -- $word)
      case -t
        # Of tt; behind the verb it is a short option of some verbs.
        test $verb = 0; and set place --town (string replace -r '^~/' "$HOME/" -- $word)
      case '*'
        string match -q -- '-*' "$word"; or set verb 1
    end
    switch "$word"
      case '--config=*' '--town=*'
        set place (string split -m 1 = -- $word)
    end
    set before $word
  end
  agents completions --names $place 2>/dev/null
end
complete -c agents -f
complete -c agents -l config -r -F -d 'the config file'
complete -c agents -l town -x -a '(__fish_complete_directories)' -d 'the folder of the config file'
complete -c tt -w agents
complete -c tt -n __agents_no_verb -s t -x -a '(__fish_complete_directories)' -d 'the folder of the config file'
${verbs.join('\n')}
complete -c agents -n __agents_no_verb -a help -d 'what a verb does'
complete -c agents -n '__agents_verb help' -a '${VERBS.map(({ name }) => name).join(' ')}'
complete -c agents -n '__agents_verb ${NAMING_VERBS.join(' ')}' -a '(__agents_names)'
${words.join('\n')}
${PATH_VERBS.map(({ sort, names }) => `complete -c agents -n '__agents_verb ${names.join(' ')}' ${sort === 'files' ? '-F' : "-a '(__fish_complete_directories)'"}`).join('\n')}
${options.join('\n')}
`
}

function optionFlags(option: OptionSpec): string {
  const short = option.short === undefined ? '' : `-s ${option.short} `
  return `${short}-l ${option.name}${valueFlags(option)} -d ${quoted(option.summary)}`
}

function valueFlags(option: OptionSpec): string {
  if (option.value === undefined || option.whenBare !== undefined) return ''
  const offer = offerOf(option)
  if (offer === 'files') return ' -r -F'
  if (offer === 'folders') return " -x -a '(__fish_complete_directories)'"
  if (offer === 'agents') return " -x -a '(__agents_names)'"
  return offer === undefined ? ' -x' : ` -x -a ${quoted(offer.join(' '))}`
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
