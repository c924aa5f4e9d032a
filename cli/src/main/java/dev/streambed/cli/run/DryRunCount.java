package dev.streambed.cli.run;

import java.util.Map;
import java.util.Stack;
import java.util.regex.Pattern;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.TypeConversionException;

/** Reads how many records a dry run shows; picocli itself would say that something is no int. */
final class DryRunCount implements ITypeConverter<Integer> {
  static final String DEFAULT = "5";

  /** They are held in memory. */
  static final int MOST = 1000;

  private static final Pattern NUMBER = Pattern.compile("-?\\d+");

  @Override
  public Integer convert(String number) {
    try {
      return Integer.valueOf(number);
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "'%s' is no number between 1 and %d".formatted(number, MOST));
    }
  }

  /** Lets {@code --dry-run FILE} name a file: picocli would take it for the number. */
  static final class IfThereIsOne implements IParameterPreprocessor {
    @Override
    public boolean preprocess(
        Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      boolean isAttached = "=".equals(info.get("separator"));
      if (!isAttached && (arguments.isEmpty() || !NUMBER.matcher(arguments.peek()).matches())) {
        arguments.push(DEFAULT);
      }
      return false; // go on with the arguments
    }
  }
}
