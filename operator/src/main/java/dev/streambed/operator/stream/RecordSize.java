package dev.streambed.operator.stream;

import java.io.Serializable;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Says how much heap a record takes.
 *
 * @param <T> type of the record
 */
@PublicEvolving
@FunctionalInterface
public interface RecordSize<T> extends Serializable {
  /** Bytes that the record takes while it is in flight, its texts included; about. */
  long bytes(T input);
}
