package dev.streambed.sql.function;

import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.factories.ModuleFactory;
import org.apache.flink.table.module.Module;

/** The module {@code streambed}: Flink finds it by its service file. */
@Internal
public final class StreambedModuleFactory implements ModuleFactory {
  /** The name in LOAD MODULE. */
  public static final String IDENTIFIER = "streambed";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public Module createModule(Context context) {
    return new StreambedModule();
  }
}
