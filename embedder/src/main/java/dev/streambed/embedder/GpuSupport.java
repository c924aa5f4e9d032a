package dev.streambed.embedder;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;

/** What GPUs need of ONNX Runtime, and what is missing where it cannot use them. Stateless. */
final class GpuSupport {
  private GpuSupport() {}

  /**
   * Checks that ONNX Runtime was built for GPUs; whether there is one is not known before a session
   * is opened.
   *
   * @param device what was asked for
   * @throws InvalidModelException if it was not
   */
  static void check(DeviceChoice device) {
    OnnxSession.environment();
    // Lists what was compiled in, whatever the machine has.
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw new InvalidModelException(
          "Cannot run on %s: this build of Streambed has no GPU support. Build it with: mvn package -Pgpu (docs/gpu.md)."
              .formatted(device));
    }
  }

  /**
   * Lets a session run on a device; nothing is to be done for the CPU.
   *
   * @throws InvalidModelException if this build, or ONNX Runtime here, cannot use it
   */
  static void addTo(OrtSession.SessionOptions options, Device device) throws OrtException {
    if (device.isCpu()) {
      return;
    }
    check(DeviceChoice.CUDA.on(device.gpu()));
    // addCUDA(int) would not say which library is missing.
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.gpu())) {
      options.addCUDA(cuda);
    } catch (OrtException e) {
      throw new InvalidModelException(
          "Cannot run on %s: %s. It needs the driver of an NVIDIA GPU and the libraries of CUDA 12 (docs/gpu.md)."
              .formatted(device, String.valueOf(e.getMessage()).strip()),
          e);
    }
  }
}
