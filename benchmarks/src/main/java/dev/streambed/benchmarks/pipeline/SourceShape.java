package dev.streambed.benchmarks.pipeline;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.TextRecordCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.configuration.Configuration;

/** A format of the source topic: how a text is written, and the pipeline file that reads it. */
enum SourceShape {
  /** Read strictly by its own reader. The others are read by a mapping of three fields. */
  OWN_JSON("our own JSON"),
  /** The same bytes as {@link #OWN_JSON}. */
  MAPPED_JSON("JSON, mapped"),
  DEBEZIUM("Debezium's change events in JSON, mapped"),
  /** Without anything around it. */
  AVRO("Avro, mapped"),
  /** Without anything around it. */
  PROTOBUF("Protobuf, mapped");

  private static final String AVRO_SCHEMA =
      """
      {"type":"record","name":"Text","fields":[{"name":"key","type":"string"},{"name":"text","type":"string"},
       {"name":"eventTimeMillis","type":"long"}]}""";

  private final String title;

  SourceShape(String title) {
    this.title = title;
  }

  /** For names of topics. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The one whose topic it is read from, as it has the same bytes. */
  SourceShape written() {
    return this == MAPPED_JSON ? OWN_JSON : this;
  }

  byte[] encode(TextRecord text) {
    byte[] json = TextRecordCodec.encodeJson(text);
    return switch (this) {
      case OWN_JSON, MAPPED_JSON -> json;
      case DEBEZIUM -> changeEvent(json);
      case AVRO -> datum(text);
      case PROTOBUF -> message(text);
    };
  }

  /**
   * Says in a pipeline file how to read it.
   *
   * @param work folder for a schema file
   */
  void describeIn(Configuration file, Path work) throws IOException {
    if (this == OWN_JSON) {
      return;
    }
    file.setString("streambed.source.text", "{/text}");
    file.setString("streambed.source.key", "{/key}");
    file.setString("streambed.source.event-time", "/eventTimeMillis");
    if (this == DEBEZIUM) {
      file.setString("streambed.source.envelope", "debezium");
    }
    if (this == AVRO) {
      Path schema = Files.writeString(work.resolve("texts.avsc"), AVRO_SCHEMA);
      file.setString("streambed.source.format", "avro");
      file.setString("streambed.source.schema-file", schema.toString());
    }
    if (this == PROTOBUF) {
      Path schema = Files.write(work.resolve("texts.binpb"), descriptorSet().toByteArray());
      file.setString("streambed.source.format", "protobuf");
      file.setString("streambed.source.schema-file", schema.toString());
      file.setString("streambed.source.message", "Text");
    }
  }

  private static byte[] changeEvent(byte[] row) {
    return """
    {"before":null,"after":%s,"source":{"version":"3.5.0.Final","connector":"postgresql","name":"shop",\
    "ts_ms":1795914123000,"snapshot":"false","db":"shop","schema":"public","table":"texts","txId":771,\
    "lsn":34516104},"op":"c","ts_ms":1795914123456,"transaction":null}"""
        .formatted(new String(row, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] datum(TextRecord text) {
    var bytes = new ByteArrayOutputStream();
    try {
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, /* reuse= */ null);
      out.writeString(Objects.requireNonNull(text.key()));
      out.writeString(text.text());
      out.writeLong(text.eventTimeMillis());
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to memory.", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] message(TextRecord text) {
    var bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      out.writeString(1, Objects.requireNonNull(text.key()));
      out.writeString(2, text.text());
      out.writeInt64(3, text.eventTimeMillis());
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to memory.", e);
    }
    return bytes.toByteArray();
  }

  private static FileDescriptorSet descriptorSet() {
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName("Text");
    message
        .addFieldBuilder()
        .setName("key")
        .setNumber(1)
        .setType(FieldDescriptorProto.Type.TYPE_STRING);
    message
        .addFieldBuilder()
        .setName("text")
        .setNumber(2)
        .setType(FieldDescriptorProto.Type.TYPE_STRING);
    message
        .addFieldBuilder()
        .setName("eventTimeMillis")
        .setNumber(3)
        .setType(FieldDescriptorProto.Type.TYPE_INT64);
    var file = FileDescriptorProto.newBuilder().setName("texts.proto").setSyntax("proto3");
    return FileDescriptorSet.newBuilder().addFile(file.addMessageType(message)).build();
  }

  @Override
  public String toString() {
    return title;
  }
}
