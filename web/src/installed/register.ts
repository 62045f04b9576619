/** Asks the browser to keep the shell; without that the console works all the same. */

/** Registers the service worker, where the browser offers it: over HTTPS, or on this machine. */
export function keepShell(): void {
  if (!import.meta.env.PROD || !isSecureContext || !("serviceWorker" in navigator)) return;
  const register = async (): Promise<void> => {
    try {
      await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
    } catch {
      // Forbidden in this browser, or the server is away at this moment; the next visit asks anew.
    }
  };
  // The first pictures come first.
  if (document.readyState === "complete") void register();
  else addEventListener("load", () => void register(), { once: true });
}
