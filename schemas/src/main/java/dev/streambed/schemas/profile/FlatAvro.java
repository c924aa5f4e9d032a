package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.AvroTree;
import dev.streambed.schemas.profile.ProfileOptions.Parts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * A flat record in Avro, for a schema registry: its schema is made of the columns. They are written
 * one by one, since Avro's generic records would box each component of a vector.
 */
final class FlatAvro implements Profile {
  private static final long serialVersionUID = 1L;

  private static final String NAME = "FlatEmbedding";
  private static final String NAMESPACE = "dev.streambed";

  /** Indexes of the branches of {@code ["null", …]}. */
  private static final int NULL = 0;

  private static final int VALUE = 1;

  private final FlatColumns columns;
  private final String schema;
  private final byte[] prefix;

  /**
   * The profile of records with some vectors.
   *
   * @param types of all metadata, by name
   * @throws IllegalArgumentException if Avro does not take the name of a column, with a message for
   *     users
   */
  FlatAvro(
      FieldNames names,
      Iterable<String> vectors,
      VectorEncoding encoding,
      Map<String, MetadataType> types,
      Parts parts) {
    this.columns = new FlatColumns(names, vectors, encoding, types, parts);
    this.schema = schema(columns.list());
    this.prefix = new byte[0];
  }

  private FlatAvro(FlatAvro other, int id) {
    this.columns = other.columns;
    this.schema = other.schema;
    this.prefix = ForeignFormat.registryPrefix(id);
  }

  private static String schema(List<Column> columns) {
    List<Schema.Field> fields = columns.stream().map(FlatAvro::field).toList();
    return Schema.createRecord(NAME, /* doc= */ null, NAMESPACE, /* isError= */ false, fields)
        .toString();
  }

  private static Schema.Field field(Column column) {
    Schema one = Schema.create(Schema.Type.valueOf(column.type().name()));
    Schema element = column.isOptional() ? orNull(one) : one;
    Schema array = column.isArray() ? Schema.createArray(element) : element;
    Schema type = column.isArray() && column.isOptional() ? orNull(array) : array;
    try {
      return column.isOptional()
          ? new Schema.Field(column.name(), type, /* doc= */ null, Schema.Field.NULL_DEFAULT_VALUE)
          : new Schema.Field(column.name(), type);
    } catch (SchemaParseException e) {
      throw new IllegalArgumentException(
          "Avro takes no field '%s', but letters and digits of ASCII and underscores; give it another name in streambed.source.metadata or streambed.sink.fields"
              .formatted(column.name()),
          e);
    }
  }

  private static Schema orNull(Schema schema) {
    return Schema.createUnion(Schema.create(Schema.Type.NULL), schema);
  }

  @Override
  public String schema() {
    return schema;
  }

  @Override
  public Profile withSchemaId(int id) {
    return new FlatAvro(this, id);
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    columns.checkMetadata(record);
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(prefix);
    try {
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, /* reuse= */ null);
      for (Column column : columns.list()) {
        write(out, column, column.value().of(record));
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write Avro in memory.", e);
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] json(byte[] value) {
    var tree = new AvroTree(new Schema.Parser().parse(schema), /* reader= */ null, "embedding");
    return tree.decode(value, /* from= */ 0).toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(BinaryEncoder out, Column column, @Nullable Object value)
      throws IOException {
    if (value instanceof List<?> list) {
      out.writeIndex(VALUE);
      out.writeArrayStart();
      out.setItemCount(list.size());
      for (Object element : list) {
        out.startItem();
        writeScalar(out, column.isOptional(), element);
      }
      out.writeArrayEnd();
    } else {
      writeScalar(out, column.isOptional(), value);
    }
  }

  private static void writeScalar(BinaryEncoder out, boolean isOptional, @Nullable Object value)
      throws IOException {
    if (isOptional) {
      out.writeIndex(value == null ? NULL : VALUE);
    }
    if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof Integer number) {
      out.writeInt(number);
    } else if (value instanceof Long number) {
      out.writeLong(number);
    } else if (value instanceof Float number) {
      out.writeFloat(number);
    } else if (value instanceof Double number) {
      out.writeDouble(number);
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof byte[] bytes) {
      out.writeBytes(bytes);
    } else if (value instanceof float[] vector) {
      out.writeArrayStart();
      out.setItemCount(vector.length);
      for (float component : vector) {
        out.writeFloat(component);
      }
      out.writeArrayEnd();
    } else if (!isOptional) {
      throw new IllegalArgumentException("A required column has no value.");
    }
  }
}
