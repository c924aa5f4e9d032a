package dev.streambed.e2e.harness;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Flink's own Avro format with a schema registry, which has Confluent's client in it. Its jar has
 * old libraries, some of them under their own names, so it has a class path of its own.
 */
public final class FlinksAvroFormat implements AutoCloseable {
  private static final String AVRO = "org.apache.flink.avro.shaded.org.apache.avro.";
  private static final String FORMAT =
      "org.apache.flink.formats.avro.registry.confluent.ConfluentRegistryAvroSerializationSchema";
  private static final String READER =
      "org.apache.flink.formats.avro.registry.confluent.ConfluentRegistryAvroDeserializationSchema";

  private final URLClassLoader classes;

  public FlinksAvroFormat() throws IOException {
    Path jar = FlinkDirectory.target().resolve("avro-format/flink-sql-avro-confluent-registry.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IOException(
          "Flink's format is missing: %s. Create it with: mvn verify -pl e2e-tests -am"
              .formatted(jar));
    }
    List<URL> path = new ArrayList<>(List.of(jar.toUri().toURL()));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.contains("/org/apache/flink/") || entry.contains("/org/slf4j/")) {
        path.add(Path.of(entry).toUri().toURL());
      }
    }
    this.classes =
        new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  /**
   * Writes a record, and registers its schema.
   *
   * @param record in Avro's JSON encoding
   */
  public byte[] serialize(String registryUrl, String subject, String schema, String record)
      throws ReflectiveOperationException {
    Class<?> schemas = type("Schema");
    Object parser = type("Schema$Parser").getConstructor().newInstance();
    Object parsed = parser.getClass().getMethod("parse", String.class).invoke(parser, schema);
    Object decoders = type("io.DecoderFactory").getMethod("get").invoke(null);
    Object json =
        decoders
            .getClass()
            .getMethod("jsonDecoder", schemas, String.class)
            .invoke(decoders, parsed, record);
    Object reader = type("generic.GenericDatumReader").getConstructor(schemas).newInstance(parsed);
    Object value =
        reader
            .getClass()
            .getMethod("read", Object.class, type("io.Decoder"))
            .invoke(reader, null, json);
    Class<?> format = classes.loadClass(FORMAT);
    Object serializer =
        format
            .getMethod("forGeneric", String.class, schemas, String.class)
            .invoke(null, subject, parsed, registryUrl);
    return (byte[]) format.getMethod("serialize", Object.class).invoke(serializer, value);
  }

  /**
   * Reads a value with the schema that the registry has under its id.
   *
   * @param schema the schema to read with
   * @return the record as Avro shows it, which is JSON
   */
  public String deserialize(String registryUrl, String schema, byte[] value)
      throws ReflectiveOperationException {
    Class<?> schemas = type("Schema");
    Object parser = type("Schema$Parser").getConstructor().newInstance();
    Object parsed = parser.getClass().getMethod("parse", String.class).invoke(parser, schema);
    Class<?> format = classes.loadClass(READER);
    Object deserializer =
        format.getMethod("forGeneric", schemas, String.class).invoke(null, parsed, registryUrl);
    return String.valueOf(
        format.getMethod("deserialize", byte[].class).invoke(deserializer, value));
  }

  private Class<?> type(String name) throws ClassNotFoundException {
    return classes.loadClass(AVRO + name);
  }

  @Override
  public void close() throws IOException {
    classes.close();
  }
}
