package dev.streambed.e2e.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The outcome of a script of the image, run on this machine. */
record ScriptRun(int exitCode, String printed) {

  static ScriptRun of(String script, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(DeploymentFiles.ROOT.resolve("deploy/image").resolve(script).toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new ScriptRun(process.waitFor(), printed);
  }
}
