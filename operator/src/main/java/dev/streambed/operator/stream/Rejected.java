package dev.streambed.operator.stream;

import dev.streambed.embedder.TextRejectedException;
import java.util.Map;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * A record with a text that cannot be embedded. Flink serialises it as a POJO.
 *
 * @param <T> type of the record
 * @param input as it came
 * @param message why, for people; without the text
 */
@PublicEvolving
public record Rejected<T>(T input, TextRejectedException.Reason reason, String message) {
  /**
   * Its type, for records whose type Flink cannot find out from a class, such as rows.
   *
   * @param input type of the records
   */
  @SuppressWarnings("unchecked") // a class literal has no type arguments
  public static <T> TypeInformation<Rejected<T>> type(TypeInformation<T> input) {
    return Types.POJO(
        (Class<Rejected<T>>) (Class<?>) Rejected.class,
        Map.of(
            "input",
            input,
            "reason",
            TypeInformation.of(TextRejectedException.Reason.class),
            "message",
            Types.STRING));
  }
}
