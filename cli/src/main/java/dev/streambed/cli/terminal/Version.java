package dev.streambed.cli.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.IVersionProvider;

/** The version of the build. */
@Internal
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    }
    return new String[] {"streambed " + properties.getProperty("version")};
  }
}
