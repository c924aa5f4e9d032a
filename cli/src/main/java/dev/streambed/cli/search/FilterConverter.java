package dev.streambed.cli.search;

import dev.streambed.query.MetadataFilter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code name=value}. */
final class FilterConverter implements ITypeConverter<MetadataFilter> {
  @Override
  public MetadataFilter convert(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new TypeConversionException("'%s' is not name=value".formatted(text));
    }
    return new MetadataFilter(text.substring(0, equals), text.substring(equals + 1));
  }
}
