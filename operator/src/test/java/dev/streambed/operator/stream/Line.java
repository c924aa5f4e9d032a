package dev.streambed.operator;

import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/** The record of these tests: a number to tell it by, and a text. */
public record Line(int number, @Nullable String text) {
  static final TypeInformation<Line> TYPE = TypeInformation.of(Line.class);
  static final TypeInformation<Enriched<Line>> ENRICHED_TYPE =
      TypeInformation.of(new TypeHint<Enriched<Line>>() {});

  /** Finds the text of a line. */
  static final class Extractor implements TextExtractor<Line> {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable String text(Line input) {
      return input.text();
    }

    @Override
    public @Nullable String promptName(Line input) {
      return null;
    }
  }
}
