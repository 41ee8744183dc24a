import { Help, type HelpConfiguration } from 'commander';

/** How every `--help` is written: what has to be given says so, and empty lists and `false` are no defaults worth reading. */
export const helpStyle: HelpConfiguration = {
  optionDescription(option) {
    const description = Help.prototype.optionDescription.call(this as Help, option).replace(/ ?\(default: (?:\[\]|false)\)$/, '');
    return option.mandatory ? `${description} (required)` : description;
  },
};

/** What a newcomer asks after the list of commands: where to begin, where things are kept, what the exit code says. */
export const helpAfter = `
Begin with:
  scripts/demo                 everything with a synthetic borough, from nothing
  haven keys init              then "haven register apply", "haven register check" and "haven deliver"; README.md shows them in order
  haven <command> --help       what a command needs

Environment:
  HAVEN_HOME                   where databases, keys and passwords are kept (default: .haven in this folder)
  HAVEN_DATABASE_URL, HAVEN_VAULT_URL   PostgreSQL servers of your own (default: the one that comes with the program)
  HAVEN_CONFIG                 feeds, rules and return templates (default: config of the program)

Exit codes:
  0   done
  1   done, and something was found that needs attention
  2   a wrong command line, or a name that does not exist
  65  input that was refused
  69  a part of the gateway that does not answer
  78  a configuration that cannot be used
`;
