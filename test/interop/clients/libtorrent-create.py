# Makes a .torrent as libtorrent does: libtorrent-create.py DATA OUT TRACKER (v1|v2|hybrid) PIECE_BYTES
import os
import sys

import libtorrent as lt

data, out, tracker, version, piece_bytes = sys.argv[1:]
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
files = lt.file_storage()
lt.add_files(files, data)
torrent = lt.create_torrent(files, piece_size=int(piece_bytes), flags=flags)
torrent.add_tracker(tracker)
lt.set_piece_hashes(torrent, os.path.dirname(data))
with open(out, "wb") as file:
    file.write(lt.bencode(torrent.generate()))
info = lt.torrent_info(out)
hashes = info.info_hashes()
print(hashes.v1 if hashes.has_v1() else str(hashes.v2)[:40])
print(lt.make_magnet_uri(info))
