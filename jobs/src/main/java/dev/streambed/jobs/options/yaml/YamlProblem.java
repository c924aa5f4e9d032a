package dev.streambed.jobs.options.yaml;

import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Says why a text is no YAML, without quoting from it: it may be a password. */
final class YamlProblem {

  private YamlProblem() {}

  static String explain(MarkedYamlEngineException failure) {
    String problem = String.valueOf(failure.getProblem());
    if (problem.contains("(TAB)")) {
      return "a tab where only spaces may be";
    }
    if (problem.startsWith("found undefined alias")) {
      return "an alias without its anchor. Quote the value if it begins with a '*'";
    }
    if (problem.startsWith("found undefined tag handle")) {
      return "a tag that is not declared. Quote the value if it begins with a '!'";
    }
    if (problem.startsWith("expected escape sequence")
        || problem.startsWith("found unknown escape")) {
      return "an unknown escape after '\\'. In single quotes a backslash is a backslash";
    }
    if (problem.startsWith("found duplicate key")) {
      return "a key is there twice";
    }
    if (problem.startsWith("but found another document")) {
      return "a second document begins here (---); a file is one pipeline";
    }
    if (problem.startsWith("mapping values are not allowed here")) {
      return "': ' inside a value, or a key that is indented differently from its neighbours."
          + " Quote a value that has ': ' in it";
    }
    if (problem.startsWith("could not find expected ':'")) {
      return "a line without ':', or indented differently from its neighbours";
    }
    if (problem.contains("that cannot start any token")) {
      return "a value cannot begin with this character. Quote the value";
    }
    // The rest names tokens and single characters.
    return problem;
  }
}
