package dev.streambed.embedder;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** Everything that this JVM logs at INFO and above, stack traces included. */
public final class LogCapture extends AbstractAppender implements AutoCloseable {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final Level former;

  private LogCapture() {
    super("capture", null, null, /* ignoreExceptions= */ true, Property.EMPTY_ARRAY);
    this.former = LogManager.getRootLogger().getLevel();
  }

  public static LogCapture begin() {
    LogCapture capture = new LogCapture();
    capture.start();
    LoggerContext.getContext(false).getRootLogger().addAppender(capture);
    Configurator.setRootLevel(Level.INFO);
    return capture;
  }

  @Override
  public void append(LogEvent event) {
    StringWriter written = new StringWriter();
    written.write(event.getMessage().getFormattedMessage());
    if (event.getThrown() != null) {
      event.getThrown().printStackTrace(new PrintWriter(written));
    }
    events.add(written.toString());
  }

  public List<String> events() {
    return events;
  }

  @Override
  public void close() {
    Configurator.setRootLevel(former);
    LoggerContext.getContext(false).getRootLogger().removeAppender(this);
  }
}
