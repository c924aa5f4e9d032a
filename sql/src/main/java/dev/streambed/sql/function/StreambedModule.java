package dev.streambed.sql.function;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.module.Module;

/** The functions, by their names in SQL: {@code LOAD MODULE streambed}. */
@Internal
public final class StreambedModule implements Module {
  private static final Map<String, FunctionDefinition> FUNCTIONS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("COSINE_SIMILARITY", new Comparisons.CosineSimilarity()),
              Map.entry("DOT_PRODUCT", new Comparisons.DotProduct()),
              Map.entry("L2_DISTANCE", new Comparisons.L2Distance()),
              Map.entry("L2_NORMALIZE", new UnitVectors.L2Normalize()),
              Map.entry("TRUNCATE_DIMENSIONS", new UnitVectors.TruncateDimensions()),
              Map.entry("VECTOR_TO_BYTES", new VectorWriters.ToBytes()),
              Map.entry("VECTOR_TO_BASE64", new VectorWriters.ToBase64()),
              Map.entry("VECTOR_TO_INT8", new VectorWriters.ToInt8()),
              Map.entry("VECTOR_INT8_SCALE", new VectorWriters.Int8Scale()),
              Map.entry("VECTOR_TO_BINARY", new VectorWriters.ToBinary()),
              Map.entry("VECTOR_FROM_BYTES", new VectorReaders.FromBytes()),
              Map.entry("VECTOR_FROM_BASE64", new VectorReaders.FromBase64()),
              Map.entry("VECTOR_FROM_INT8", new VectorReaders.FromInt8()),
              Map.entry("VECTOR_FROM_BINARY", new VectorReaders.FromBinary()),
              Map.entry("VECTOR_AVG", new VectorAvg()),
              Map.entry("CHUNK_TEXT", new ChunkText())));

  @Override
  public Set<String> listFunctions() {
    return Collections.unmodifiableSet(FUNCTIONS.keySet());
  }

  @Override
  public Optional<FunctionDefinition> getFunctionDefinition(String name) {
    return Optional.ofNullable(FUNCTIONS.get(name.toUpperCase(Locale.ROOT)));
  }
}
