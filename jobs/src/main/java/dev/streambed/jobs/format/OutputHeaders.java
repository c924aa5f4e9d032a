package dev.streambed.jobs.format;

import dev.streambed.schemas.RecordHeader;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Which headers of the record that was read the records that are written have. The value is another
 * one, so headers that describe the value that was read would mislead who reads it.
 */
@Internal
public final class OutputHeaders implements Serializable {
  private static final long serialVersionUID = 1L;

  /** All headers except those that describe the value that was read. */
  public static final OutputHeaders DEFAULT = new OutputHeaders(Kind.NOT_OF_THE_VALUE, Set.of());

  private static final String ALL = "all";
  private static final String NONE = "none";

  /**
   * Names, in lower case, that serialisers give to what describes a value: HTTP and Spring Cloud
   * Stream, Spring Kafka's type mapper, CloudEvents.
   */
  private static final Set<String> OF_THE_VALUE =
      Set.of(
          "content-type",
          "contenttype",
          "content-encoding",
          "content-length",
          "__typeid__",
          "__contenttypeid__",
          "spring_json_header_types",
          "ce_dataschema",
          "ce_datacontenttype");

  private static final String OF_APICURIOS_VALUE = "apicurio.value.";

  private enum Kind {
    ALL,
    NOT_OF_THE_VALUE,
    NAMED
  }

  private final Kind kind;
  private final Set<String> names;

  private OutputHeaders(Kind kind, Set<String> names) {
    this.kind = kind;
    this.names = names;
  }

  /**
   * Parses names of headers; or only {@code all}, or only {@code none}.
   *
   * @throws IllegalArgumentException if there is no name, or either word stands beside others; with
   *     a message for users
   */
  public static OutputHeaders parse(List<String> entries) {
    if (entries.equals(List.of(ALL))) {
      return new OutputHeaders(Kind.ALL, Set.of());
    }
    if (entries.equals(List.of(NONE))) {
      return new OutputHeaders(Kind.NAMED, Set.of());
    }
    if (entries.isEmpty() || entries.contains(ALL) || entries.contains(NONE)) {
      throw new IllegalArgumentException(
          "must be all, none, or the names of headers, of which none is called so");
    }
    return new OutputHeaders(Kind.NAMED, Set.copyOf(entries));
  }

  /** Those of the headers that are passed on, in their order. */
  public List<RecordHeader> of(List<RecordHeader> headers) {
    return headers.stream().allMatch(this::takes)
        ? headers
        : headers.stream().filter(this::takes).toList();
  }

  private boolean takes(RecordHeader header) {
    return switch (kind) {
      case ALL -> true;
      case NOT_OF_THE_VALUE -> !describesTheValue(header.key().toLowerCase(Locale.ROOT));
      case NAMED -> names.contains(header.key());
    };
  }

  /** The id of a key's schema stays: the key is passed on as it is. */
  private static boolean describesTheValue(String name) {
    return OF_THE_VALUE.contains(name)
        || name.startsWith(OF_APICURIOS_VALUE)
        || (name.contains("schema") && name.contains("id") && !name.contains("key"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OutputHeaders that && kind == that.kind && names.equals(that.names);
  }

  @Override
  public int hashCode() {
    return 31 * kind.hashCode() + names.hashCode();
  }

  @Override
  public String toString() {
    return kind + names.toString();
  }
}
