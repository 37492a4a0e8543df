// A lost connection is one sentence and a retry. Gradio, once it has seen a request fail, answers nothing any more and
// reloads the page; so its requests wait here until the server is back, and it sees none fail.
(() => {
  const { translate } = window.stylize;
  const send = window.fetch.bind(window);
  const PAUSE = 2000; // milliseconds between two attempts
  const CHECK = 10000; // milliseconds between two looks whether the server is still there, and the same
  const PATIENCE = 15000; // milliseconds that one attempt may take
  const ASLEEP = 3 * CHECK; // milliseconds without such a look after which connections may have ended unseen
  const AGAIN = 60000; // milliseconds after which what was lost may be asked for again; sooner, the page is loaded again
  const TRIES = 5; // of a request that fails though the server is there
  const GATEWAY = [502, 503, 504]; // what a proxy answers for a server that is away
  let back = null; // while the connection is lost: a promise of it
  const STAYS = 3000; // milliseconds after which a page that was to be left is still there
  let leaving = false; // the page itself ends its connections
  let wake = () => {}; // ends the pause
  let renew = null; // gives up the stream of answers that is open, or is being opened
  let recovered = -Infinity; // when it last did for what was lost
  let session = null; // what Gradio calls this page, once a stream of answers was opened
  let heartbeat = null; // ends the one that was asked for here
  let needsHeartbeat = false; // as soon as that name is known
  let looked = Date.now(); // when the last look was
  let line;

  const address = (input) => new URL(input.url ?? input, location.href);
  const prefix = () => {
    const { root = "", api_prefix: path = "" } = window.gradio_config ?? {};
    return new URL(`${root}${path}/`, location.href).pathname;
  };

  function isOurs(input) {
    const { origin, pathname } = address(input);
    return origin === location.origin && pathname.startsWith(prefix());
  }

  function isGuarded(input) {
    if (!isOurs(input)) return false;
    const { pathname } = address(input);
    return ["run", "queue", "upload", "component_server"].includes(pathname.slice(prefix().length).split("/")[0]);
  }

  function show(lost) {
    if (!line) {
      line = document.createElement("p");
      line.className = "connection";
      line.setAttribute("role", "status");
      line.append(document.createElement("span"), document.createElement("button"));
      line.lastChild.type = "button";
      line.lastChild.addEventListener("click", () => wake());
      (document.querySelector(".gradio-container") ?? document.body).append(line); // its font is the page's
    }
    line.hidden = !lost;
    line.firstChild.textContent = lost ? translate("connection_lost") : "";
    line.lastChild.textContent = translate("try_again");
  }

  // A server that was started anew knows nothing of this page; loaded again, the page brings everything back.
  async function isBack() {
    try {
      const answer = await send(`${prefix()}app_id`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      const { app_id: id } = await answer.json();
      if (id === window.gradio_config.app_id) return true;
      if (answer.ok) location.reload();
    } catch {
      // still away
    }
    return false;
  }

  function connected() {
    back ??= (async () => {
      show(true);
      do { // a server that is just closing still answers: not at once
        await new Promise((resolve) => {
          wake = resolve;
          setTimeout(resolve, PAUSE);
        });
      } while (!(await isBack()));
      back = null;
      show(false);
      keepAlive();
    })();
    return back;
  }

  // A page that was left, and is shown once more with Back, has to be loaded again: its connections are gone.
  function left() {
    addEventListener("pageshow", () => location.reload());
    return new Promise(() => {});
  }

  // The answer to a request that is sent again until it reaches the server.
  async function persist(input, init) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await send(input instanceof Request ? input.clone() : input, init);
        const isJson = answer.headers.get("content-type")?.includes("json"); // then it is Gradio's own
        if (isJson || !GATEWAY.includes(answer.status) || tries === TRIES) return answer;
      } catch (error) {
        if (error.name === "AbortError" || tries === TRIES) throw error;
        if (leaving) return left();
      }
      await connected();
    }
  }

  // Once the server is there: at once a look at it, for what failed may not be its fault.
  const reachable = async () => {
    await new Promise((resolve) => setTimeout(resolve, PAUSE / 4));
    if (!(await isBack())) await connected();
  };

  // A picture that did not come on the way is fetched again, as long as it is still wanted.
  const failures = new WeakMap(); // {source, tries} by <img>
  addEventListener("error", async ({ target: image }) => {
    if (!(image instanceof HTMLImageElement) || !isOurs(image.src) || leaving) return;
    const source = image.src;
    const tries = 1 + (failures.get(image)?.source === source ? failures.get(image).tries : 0);
    failures.set(image, { source, tries });
    if (tries === TRIES) return;
    await reachable();
    if (image.src === source) image.src = source;
  }, true);

  // A decoded picture of this address. Rejects if it cannot be fetched, or is none.
  window.stylize.loadImage = async (source) => {
    for (let tries = 1; ; tries += 1) {
      const image = Object.assign(new Image(), { src: source });
      try {
        await image.decode();
        return image;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
      await reachable();
    }
  };

  // What a stream says that was lost: each request that waits for an answer fails, and is asked again. The server, which may
  // still work on them, is told first: what it does next would be said to nobody, too.
  async function lost(stream) {
    await (stream.hangs ? reachable() : connected());
    const dropped = `${prefix()}queue/drop?${new URLSearchParams({ session_hash: session })}`;
    await send(dropped, { method: "POST", signal: AbortSignal.timeout(PATIENCE) }).catch(() => {});
    window.stylize.interrupt();
    const events = [{ msg: "unexpected_error", message: "", success: false }, { msg: "close_stream" }];
    return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  }

  // The stream of answers. One that hangs before it begins is lost: nobody knows what of it the server thinks was read.
  async function openStream(input, init) {
    const asked = new Request(input, init);
    const attempt = new AbortController();
    session = address(input).searchParams.get("session_hash");
    if (needsHeartbeat) keepAlive();
    const stream = { hangs: false, isWanted: () => !asked.signal.aborted };
    // Gradio ends its stream when the page is left, while its scripts still run: as a failure they would log it. It hears of
    // the leaving before this script does, so a moment is waited.
    asked.signal.addEventListener("abort", () => setTimeout(() => leaving || attempt.abort()));
    const mine = (renew = () => {
      stream.hangs = true;
      attempt.abort();
    });
    try {
      const answer = await persist(new Request(asked, { signal: attempt.signal }));
      if (answer.ok) return guardStream(answer, stream, mine);
      renew = null;
      return answer;
    } catch (error) {
      renew = null;
      if (!stream.hangs) throw error;
      return new Response(await lost(stream), { headers: { "content-type": "text/event-stream" } });
    }
  }

  // Should it break off, the server has dropped what this page waited for. A stream that says `close_stream` has ended as
  // it should. One that knows no such session was opened before the server saw the one before it end, and forgot both.
  function guardStream(answer, stream, mine) {
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    let text = ""; // of an event that is not whole yet: half of one would spoil what is said after it
    let isClosed = false;
    const ended = () => {
      if (renew === mine) renew = null;
    };
    const wholeEvents = (value) => {
      text += decoder.decode(value, { stream: true });
      const end = text.lastIndexOf("\n\n") + 2;
      const whole = end > 1 ? text.slice(0, end) : "";
      text = text.slice(whole.length);
      return whole;
    };
    const body = new ReadableStream({
      async pull(controller) {
        try {
          for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            const events = wholeEvents(value);
            if (/"session_not_found": ?true/.test(events)) {
              stream.hangs = true;
              reader.cancel();
              break;
            }
            isClosed ||= events.includes('"close_stream"');
            if (events) return controller.enqueue(encoder.encode(events));
          }
        } catch {
          if (leaving) return left();
        }
        ended();
        if (isClosed) return controller.close();
        if (!stream.isWanted() && !stream.hangs) return leaving ? left() : controller.close(); // Gradio has what it wanted
        controller.enqueue(encoder.encode(await lost(stream)));
        controller.close();
      },
      cancel(reason) {
        ended();
        return reader.cancel(reason);
      },
    });
    return new Response(body, { status: answer.status, headers: answer.headers });
  }

  // By its heartbeat the server knows that this page is open. Gradio asks for it once, before this script runs, so after a
  // loss another one is asked for here, and again when that breaks off.
  async function keepAlive() {
    needsHeartbeat = !session;
    if (!session) return;
    heartbeat?.abort();
    const { signal } = (heartbeat = new AbortController());
    const began = performance.now();
    try {
      const answer = await persist(`${prefix()}heartbeat/${session}`, { signal });
      if (!answer.ok) return;
      const reader = answer.body.getReader();
      while (!(await reader.read()).done);
    } catch {
      // it has broken off
    }
    if (signal.aborted || leaving) return;
    if (performance.now() - began < CHECK) await new Promise((resolve) => setTimeout(resolve, CHECK)); // a proxy cuts it off
    await reachable();
    if (!signal.aborted) keepAlive();
  }

  window.fetch = async (input, init) => {
    if (!isGuarded(input)) return send(input, init);
    return address(input).pathname.endsWith("/queue/data") ? openStream(input, init) : persist(input, init);
  };

  // The server has done with these requests, and their answers have not come. Where Gradio waits for none of them, as no
  // stream is open, they are asked for once more.
  window.stylize.recover = (requests) => {
    console.warn(`stylize: no answer came to ${JSON.stringify(requests)}; asking again`);
    if (performance.now() - recovered < AGAIN) return location.reload();
    recovered = performance.now();
    if (renew) return renew();
    window.stylize.interrupt();
    for (const [kind, number] of requests) window.stylize.failed(kind, number);
  };
  setInterval(async () => {
    if (Date.now() - looked > ASLEEP) keepAlive();
    looked = Date.now();
    if (!document.hidden && !back && !(await isBack())) connected();
  }, CHECK);
  addEventListener("offline", connected);
  addEventListener("online", () => wake());
  window.stylize.isLeaving = () => leaving; // what breaks off then has not failed
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("beforeunload", () => {
    leaving = true;
    setTimeout(() => (leaving = false), STAYS);
  });
  addEventListener("pageshow", () => (leaving = false));
})();
