package dev.streambed.operator.stream;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The record of these tests: a number to tell it by, and a text. */
public record Line(int number, @Nullable String text) {
  static final TypeInformation<Line> TYPE = TypeInformation.of(Line.class);
  static final OutputTag<Rejected<Line>> FAILED = new OutputTag<>("failed") {};
}
