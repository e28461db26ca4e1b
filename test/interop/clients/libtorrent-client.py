# A bare libtorrent client: one torrent, given as JSON in argv, progress as JSON lines on stdout.
import json
import os
import sys

import libtorrent as lt

job = json.loads(sys.argv[1])


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


session = lt.session({
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True,
    "in_enc_policy": int(lt.enc_policy.enabled),
    "out_enc_policy": int(lt.enc_policy.disabled),
    "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    **job.get("settings", {}),
})

# Not wait_for_alert: the alert it points to may have been moved by the network thread before the binding looks at it (libtorrent
# 2.0.8 ends with SIGSEGV now and then). The session writes a byte when alerts come to an empty queue.
alerts_came, tell_of_alerts = os.pipe()
os.set_blocking(tell_of_alerts, False)
session.set_alert_fd(tell_of_alerts)

params = lt.add_torrent_params()
if job["torrent"].startswith("magnet:"):
    params = lt.parse_magnet_uri(job["torrent"])
else:
    params.ti = lt.torrent_info(job["torrent"])
params.save_path = job["dir"]
params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
params.flags |= lt.torrent_flags.disable_pex
say("adding")
session.add_torrent(params)
say("listening", port=session.listen_port())

while True:
    os.read(alerts_came, 4096)
    for alert in session.pop_alerts():
        if isinstance(alert, lt.torrent_finished_alert):
            say("finished")
        elif alert.category() & lt.alert.category_t.error_notification:
            say("error", message=alert.message())
