# Many torrents in libtorrent, for bench/idle.ts: `first` checks them and keeps resume data, `second` starts from it and
# says in JSON how long that took, then waits to be ended.
import json, os, sys, time
import libtorrent as lt

step, work, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = lt.session({
    'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'listen_interfaces': '127.0.0.1:0', 'active_limit': 100000, 'active_seeds': 100000, 'active_checking': 8,
    'alert_mask': lt.alert.category_t.storage_notification | lt.alert.category_t.status_notification,
    'alert_queue_size': 100000,
})
if step == 'second':
    time.sleep(0.5)
before = int(open('/proc/self/statm').read().split()[1]) * 4096
began = time.monotonic()
handles = []
for n in range(count):
    resume = os.path.join(work, f'{n}.resume')
    if step == 'second':
        params = lt.read_resume_data(open(resume, 'rb').read())
    else:
        params = lt.add_torrent_params()
    params.ti = lt.torrent_info(os.path.join(work, f'{n}.torrent'))
    params.save_path = os.path.join(work, 'data')
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    handles.append(session.add_torrent(params))
while not all(handle.status(0).is_seeding for handle in handles):
    time.sleep(0.02)
ready = time.monotonic() - began
if step == 'first':
    for n, handle in enumerate(handles):
        handle.save_resume_data(lt.save_resume_flags_t.save_info_dict)
    missing = {str(handle.info_hash()): n for n, handle in enumerate(handles)}
    while missing:
        time.sleep(0.02)  # Not wait_for_alert: what it points to may be moved before it is looked at.
        for alert in session.pop_alerts():
            if isinstance(alert, lt.save_resume_data_alert):
                n = missing.pop(str(alert.handle.info_hash()))
                open(os.path.join(work, f'{n}.resume'), 'wb').write(lt.write_resume_data_buf(alert.params))
else:
    time.sleep(2)
    after = int(open('/proc/self/statm').read().split()[1]) * 4096
    print(json.dumps({'readyMs': ready * 1000, 'bytesEach': (after - before) / count}), flush=True)
    time.sleep(600)
